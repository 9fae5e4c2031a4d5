"""Files: what the library reads and writes. Every file is written whole or not at all.

  files, names                             places, temporary names, copies; names that are legal everywhere
  timeline_json, arrangement_json          a project's parts as versioned JSON
  story_list                               many stories, one a line
  audio_format, stream, audio_files, wav   audio of every kind, block by block
  riff, broadcast, marks, metadata, id3    what stands in audio files beside the sound
  description                              a mix as those that follow describe it
  reaper, otio, edl, labels, subtitles     sessions and captions for other programs
  timeline_svg, sheet                      a picture of the lanes; the delivery sheet
  ffmpeg, video                            where a binary is at hand
  ucs                                      categories of the Universal Category System

Knows nothing of mixing or models.
"""
