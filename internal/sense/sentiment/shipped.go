package sentiment

import _ "embed"

// The model that ships with Hearth; `go run ./internal/app/train` makes it, docs/tone.md tells from what.
//
//go:embed model.bin
var shipped string //nolint:gochecknoglobals // embedding needs a variable; nothing writes it

// Shipped gives the model that comes with Hearth.
func Shipped() Model { return Model{shipped} }

// Read gives the tone of a text as the shipped model hears it.
func Read(text string) Reading { return Shipped().Read(text) }
