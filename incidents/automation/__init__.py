"""Door 6: inwards, for programs that watch. Each product's message is read into signals; the models do the rest."""
