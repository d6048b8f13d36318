// Package sim lives the life of a generated community (package world) in the real program: it brings the files in,
// posts what happens, moves the clock, and has the generated staff do the tasks. It makes the demo's year of history,
// `hearth simulate` and what the bench and the fault tests run against.
//
// It reaches the program only by its doors (interface Hearth), knows nothing of tables, and decides nothing.
package sim
