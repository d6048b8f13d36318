package main

// evaluateCmd measures how well Hearth understands and how fairly it decides, one sub-command for each; none of them
// touches the data of a community.
type evaluateCmd struct {
	Identity evaluateIdentityCmd `cmd:"" help:"Are residents recognised? Pair precision and recall on lists of people."`
	Twins    evaluateTwinsCmd    `cmd:"" help:"Live histories twice, with other names, languages, children and needs: no decision may differ."`
	Heard    evaluateHeardCmd    `cmd:"" help:"Are facts heard rightly in what residents say? Precision and recall by kind, on sentences whose truth is known."`
	Tone     evaluateToneCmd     `cmd:"" help:"Is the tone of words read rightly, and is its confidence true? On labelled texts that training never saw."`
}
