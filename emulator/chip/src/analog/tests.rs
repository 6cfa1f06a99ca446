//! Tests of the analog model against the figures its constants were taken from.
