"""AudioStory's training in its stages: bridging states first, then sound, then hearing, then whole narratives."""
