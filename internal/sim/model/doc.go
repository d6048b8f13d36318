// Package model says what the engine must have done. From what happened (events in the order in which they were told, the
// times at which the engine had its turn, pauses, what people settled) it works out, for a few playbooks written for it,
// which runs, steps, tasks and messages there must be and when, and compares that with what the engine left behind.
//
// It is written apart from the engine: it imports nothing of Hearth but the root, which a test checks, looks at everybody
// at every chance and remembers everything. It is meant to be obviously right, not fast. It reads no database and runs
// nothing; tests/proof does both.
package model
