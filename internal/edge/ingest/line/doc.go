// Package line turns the rows of an export into what they say: this home, these people with this lease, this work
// order, payment or message. It joins rows that belong together, reads every value, and where a row cannot be right it
// says why in words, so that a person can correct it.
//
// It looks nothing up, stores nothing and judges nothing about the community; package ingest applies its lines.
package line
