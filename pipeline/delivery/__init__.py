"""A project handed over: mixed, brought to a loudness, written as files, stems and sessions, with a sheet about it.

  material, project_file     what is delivered, from the page or from a project's folder
  presets, choices           which files a delivery consists of, and what somebody chose in their place
  stems                      lanes and events as files of their own
  bundle                     all of it into one folder or archive, whole or not at all

Above `mixer`, `formats` and `pictures`, which know nothing of each other. Knows nothing of the studio.
"""
