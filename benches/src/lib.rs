//! Workloads of hxemu under criterion.
