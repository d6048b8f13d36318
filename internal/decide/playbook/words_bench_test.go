package playbook

import (
	"testing"

	"hearth/playbooks"
)

// BenchmarkWords says the shipped library in sentences, as the list of playbooks does.
func BenchmarkWords(b *testing.B) {
	library, err := playbooks.Library()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, f := range library {
			d, err := Parse(f.Text)
			if err != nil {
				b.Fatal(err)
			}
			d.Words()
		}
	}
}
