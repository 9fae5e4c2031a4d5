"""Story text to timeline: grammar, parsing, prompts, language models."""
