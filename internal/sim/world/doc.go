// Package world makes up an apartment community and its life, day by day, from a seed: buildings, staff, households
// with hidden traits, leases that end and begin, repairs, payments, conversations, and how people react to what
// Hearth does. It tells all of it as a property-management system would: files at the start and when somebody signs
// a lease, events in between.
//
// It does not know the engine, stores nothing, reads no clock, and draws every chance from its own seed: the same
// seed and the same feedback give the same bytes. All people, addresses and texts are invented.
package world
