const wanted = localStorage.getItem('audiostory-theme');
if (wanted) document.body.classList.toggle('dark', wanted === 'dark');
element.addEventListener('click', (event) => {
  if (!event.target.closest('[data-act="theme"]')) return;
  const dark = document.body.classList.toggle('dark');
  localStorage.setItem('audiostory-theme', dark ? 'dark' : 'light');
});
