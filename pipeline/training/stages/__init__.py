"""AudioStory's training in its stages: bridging states first, then sound, hearing, whole narratives, and scenes."""
