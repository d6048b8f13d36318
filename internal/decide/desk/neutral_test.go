package desk

import (
	"strings"
	"testing"
)

// A subject is read off a screen by whoever is near it. It does not tell that somebody is moving out or away, owes money, has a lock changed, or is helped with anything that is
// nobody's business; and it carries none of the facts that would.
func TestSubjectsAreNeutral(t *testing.T) {
	never := []string{"move_out", "moving out", "your notice", "salida", "aviso", "lock", "cerradura", "owe", "arrears", "balance", "late payment", "deuda", "debe", "saldo",
		"evict", "desaloj", "coordinator", "coordinadora", "care", "help", "ayuda", "situation", "worried", "police", "policía", "health", "su salud", "complain", "queja", "event.description", "event.note", "resident.", "amount", "rent "}
	l, err := Load(Shipped())
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for id, tpl := range l.byID {
		for lang, w := range tpl.Languages {
			seen++
			for _, word := range never {
				if strings.Contains(strings.ToLower(w.Subject), word) && !(word == "debe" && strings.Contains(w.Subject, "como debe ser")) {
					t.Errorf("%s in %s: the subject %q says %q", id, lang, w.Subject, word)
				}
			}
		}
	}
	if seen < 40 {
		t.Errorf("only %d texts were looked at", seen)
	}
	for _, category := range []string{"lock", "locks", "door", "doors", "doors_locks", "lockout"} {
		if got := matterWords("en", category) + matterWords(spanish, category); got != "" {
			t.Errorf("the category %s is said in subjects: %s", category, got)
		}
	}
}
