"""The networks: codec, text states, diffusion transformer, sampler. Knows nothing of stories or projects."""
