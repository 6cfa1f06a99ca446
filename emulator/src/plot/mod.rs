//! Pictures of results as SVG text. Every picture is a function from plain data to a string, and equal data gives equal text.
