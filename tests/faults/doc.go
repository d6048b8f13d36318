// Package faults holds the tests that break the whole program: the real binary is killed, frozen, flooded, starved of
// its disk and cut off from its mail server, and what it acknowledged must be there afterwards, once.
//
// It tests no rule of any area; a fault that one area can show belongs to that area's tests.
package faults
