package main

// evaluateCmd measures how well Hearth understands, on lists whose truth is known.
type evaluateCmd struct {
	Identity evaluateIdentityCmd `cmd:"" help:"Are residents recognised? Pair precision and recall on lists of people."`
}
