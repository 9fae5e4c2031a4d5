"""The command line, one file per command.

  plan, tell, render, export, batch     a command each: its arguments, and what it does
  parser      all of them together
  arguments   what several of them ask for
  loading     the name of a backend to its parts
  track       a rendering, shown as it goes and written as a WAV file with its timeline
  terminal    stdout, stderr, the bar, Ctrl-C
  exits       exit codes, and problems in one line

A command imports what is heavy when it runs: `--help` needs neither torch nor what draws pictures. Knows no concrete
planner or renderer.
"""
