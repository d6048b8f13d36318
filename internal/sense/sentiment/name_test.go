package sentiment

import (
	"reflect"
	"testing"
)

// names are of people; some are words of feeling, some are in scripts without capitals.
func names() []string {
	return []string{"Bernard", "Hope Oluwaseun", "Hope", "Joy", "Grace Kim", "Ana Ruiz", "María José de la Cruz", "O'Neil", "Jean-Luc Picard", "J. Smith", "Björk",
		"Ngũgĩ", "Nguyễn Văn Anh", "Øyvind", "李雷", "Дарья", "فاطمة", "Mercy Akpan", "Angel Savage", "Rich Love"}
}

// The same words read the same, to the last bit, whoever signs them or says that they write.
func TestWhoWritesDoesNotChangeTheTone(t *testing.T) {
	texts := []string{
		"The sink is broken again and nobody has come.", "Thank you so much, the plumber was wonderful!", "When does the office open on Monday?",
		"I am really frustrated. I have called three times.", "Third time this month. Please fix it.", "All good now.",
	}
	m := Shipped()
	for _, text := range texts {
		for what, write := range map[string]func(name string) string{
			"signed":            func(n string) string { return text + " " + n },
			"signed below":      func(n string) string { return text + "\n\n" + n },
			"signed and closed": func(n string) string { return text + "\nThanks,\n" + n },
			"with a dash":       func(n string) string { return text + " - " + n },
			"introduced":        func(n string) string { return "Hi, this is " + n + ". " + text },
			"by name":           func(n string) string { return "Hello, my name is " + n + ". " + text },
		} {
			want := m.Read(write(names()[0]))
			for _, n := range names()[1:] {
				if got := m.Read(write(n)); !reflect.DeepEqual(got, want) {
					t.Errorf("%s: %q reads %v, and %q %v", what, write(n), got, write(names()[0]), want)
				}
			}
		}
	}
}

func TestWhatIsTakenForAName(t *testing.T) {
	for in, want := range map[string]string{
		"It leaks. Bernard":                     "It leaks.",
		"It leaks.\n-- Ana Ruiz ":               "It leaks.",
		"Thanks, Ana":                           "Thanks,",
		"It leaks. Thanks":                      "It leaks. Thanks",
		"It leaks. FIX IT NOW":                  "It leaks. FIX IT NOW",
		"Bernard":                               "Bernard",
		"Call Bernard":                          "Call Bernard",
		"It leaks. call me":                     "It leaks. call me",
		"I live on Main Street. Bernard":        "I live on Main Street.",
		"Hi, this is Ana Ruiz. It leaks.":       "Hi, this is . It leaks.",
		"Hi this is Ana from 4B, it leaks":      "Hi this is from 4B, it leaks",
		"This is Unacceptable. Fix it.":         "This is Unacceptable. Fix it.",
		"Hi, this is unacceptable.":             "Hi, this is unacceptable.",
		"My name is Joy Love and it leaks.":     "My name is and it leaks.",
		"hello, this is a mess. my name is mud": "hello, this is a mess. my name is mud",
		"":                                      "",
	} {
		if got := nameless(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

func FuzzNameless(f *testing.F) {
	f.Add("Hi, this is Ana. It leaks. Ana")
	f.Add("\xff\xfe my name is \x80 Z")
	f.Fuzz(func(t *testing.T, text string) {
		if got := nameless(text); len(got) > len(text) {
			t.Errorf("%q grew to %q", text, got)
		}
	})
}
