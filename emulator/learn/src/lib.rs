//! Data sets, spike coding, exact spike-time gradients, losses, optimisers.
