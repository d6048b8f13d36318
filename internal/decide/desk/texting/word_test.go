package texting

import (
	"encoding/csv"
	"os"
	"strings"
	"testing"
)

// Every word that a provider acts on, as it is written and as people write it.
func TestProvidersWords(t *testing.T) {
	f, err := os.Open("testdata/keywords.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) < 40 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, row := range rows[1:] {
		want := map[string]Meaning{"opt_out": Stop, "opt_in": Start, "help": Help}[row[1]]
		if row[2] == "YES" {
			want = Yes
		}
		for _, form := range []string{row[2], strings.ToLower(row[2]), " " + row[2] + "! ", `"` + row[2] + `".`, row[2] + "\n", "Please " + row[2], row[2] + " 🙏"} {
			if got := Read(form); got != want {
				t.Errorf("%q of %s is %s, want %s", form, row[0], got, want)
			}
		}
	}
}

func TestRead(t *testing.T) {
	for want, texts := range map[Meaning][]string{
		Stop: {"STOP", "Stop.", "stop please", "StopAll", "STOP ALL", "Opt-out", "Unsubscribe", "quit!", "Alto", "PARAR", "Cancelar por favor", "Baja",
			"¡Basta!", "no más", "Detener", "stop  ", "Stop, thank you", "FIN", "ｓｔｏｐ"},
		Start: {"START", "unstop", "Start!", "Alta", "Empezar"},
		Yes:   {"yes", "Y", "Sí", "si", "YES please"},
		Help:  {"HELP", "info", "Ayuda", "información", "help?"},
		MayStop: {
			"please stop texting me", "Stop sending me these messages", "STOP TEXTING ME!!!", "can you stop with the texts", "don't text me anymore", "Do not contact me again",
			"no more texts", "No more messages please.", "take me off your list", "Take my number off", "remove my number", "Remove me from this list",
			"I want to unsubscribe", "how do I opt out?", "opting out", "leave me alone", "lose my number", "wrong number", "You have the wrong person",
			"I don't want any more texts from you", "quit texting", "never text this number again", "cancel these texts", "stop spamming me", "Stop messaging this phone",
			"I withdraw my consent", "I never signed up for this", "delete my number", "stop all messages",
			"no me escriban más", "Ya no quiero recibir mensajes", "dejen de mandarme mensajes", "No me manden más textos", "por favor no me envíen nada", "Quítenme de la lista",
			"borren mi número", "número equivocado", "déjenme en paz", "No quiero más mensajes", "denme de baja", "dejen de molestarme", "no me contacten",
		},
		Other: {
			"", "Thanks!", "Can the plumber stop by at 5?", "Please stop the leak", "The water won't stop running", "I need to cancel my appointment", "Cancel the plumber",
			"When does my lease end?", "at the end of the month", "I quit my job", "the toilet stopped working", "it stopped", "Can you send someone?", "the bus stop lights are out",
			"Stop sign is down at the entrance", "Please remove the trash", "remove the old fridge", "I want the renewal", "is there a startup fee", "Can you start tomorrow?",
			"I need help with the sink", "more info please on the gym", "yes that works", "sí, a las ocho", "My text messages app says the door code is wrong", "text me when they arrive",
			"Please message me before coming", "call me", "Para mañana está bien", "El agua no para", "No funciona la luz", "¿Pueden venir mañana?", "Quiero más información", "alto volumen del vecino",
			"la alarma no para de sonar", "no tengo agua", "ya no hay luz", "I do not have hot water", "the number on my door is wrong", "stop by anytime", "no more hot water", "Contact me at work",
			"Did the contractor write the report?", "dont worry about it",
		},
	} {
		for _, text := range texts {
			if got := Read(text); got != want {
				t.Errorf("%q is %s, want %s", text, got, want)
			}
		}
	}
}
