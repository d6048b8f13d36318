// Package broadcast says one thing to many: it finds out who is meant, foretells what the desk would do with each of them,
// has a second person agree where there are many, and then puts one message after the other to the desk, in lots, until
// all were asked or somebody stops it.
//
// It does not decide about a single message (the desk does, with all its questions), deliver anything, or know who is in
// a segment (the follower that holds the signals does, and gives the members).
package broadcast
