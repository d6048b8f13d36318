// Package app wires Hearth: it opens the database, builds every area with its clock, chance and adapters, lists the
// followers and loops in their order (flow.go), and offers what the commands do. It holds no rules of its own.
package app
