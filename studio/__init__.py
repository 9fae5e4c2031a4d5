"""The application on top of `pipeline`: projects, jobs, and the page. Only panels, handlers and app know gradio."""
