//! The scalar side of the processor: decoded instructions, registers, timers and what each instruction does to them.
