"""Files: the timeline as versioned JSON, audio as WAV. Every file is written whole or not at all."""
