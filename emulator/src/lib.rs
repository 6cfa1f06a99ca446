//! A cycle-level emulator of the BrainScaleS-2 neuromorphic chip.
