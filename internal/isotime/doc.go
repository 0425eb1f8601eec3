// Package isotime reads ISO 8601 points in time and durations as cluster configurations write them, and does the calendar
// arithmetic that rules need: week dates, ordinal dates, months of different length.
//
// A Time keeps its own offset from UTC, because the fields of a date specification are compared with the clock on the wall of
// the place that wrote the time down (scheduler spec, section 3). The package never asks for the current time: texts that mean
// "today" are completed from a time that the caller gives.
package isotime
