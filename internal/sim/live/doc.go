// Package live lets a generated community live in the real program: it opens the program on a virtual clock with seeded
// chance, and is the sim.Hearth that the driver works with. It also makes whole histories: a run for `hearth simulate`,
// and the data directory that `hearth demo` serves.
//
// It does not go round the doors: what happens comes in by import and door, and time passes by the engine's and the
// sender's own batches. It writes no row itself; the dump reads tables, because it must see everything.
package live
