package heard

import "strings"

const mascotas = `(perros?|perrit[oa]s?|cachorr[oa]s?|gatos?|gatit[oa]s?|conejos?)`

// mascota gives a pet in the words that English ones are kept in. groups: 1 how many, 2 what.
func mascota(g []string) (string, float64) {
	word := "dog"
	switch {
	case strings.HasPrefix(g[2], "gat"):
		word = "cat"
	case strings.HasPrefix(g[2], "conejo"):
		word = "rabbit"
	}
	if strings.HasSuffix(g[2], "s") {
		word += "s"
	}
	return pet([]string{"", g[1], word})
}

func via(g []string) (string, float64) {
	switch w := g[1]; {
	case strings.Contains(w, "mensaje") || strings.Contains(w, "texto"):
		return "sms", 1
	case strings.Contains(w, "correo") || strings.Contains(w, "email"):
		return "email", 1
	case strings.Contains(w, "carta"):
		return "letter", 1
	}
	return "call", 1
}

// spanish holds the commonest ways of saying it in Spanish.
func (m *maker) spanish() {
	m.of(`noche|nocturno|tardes|semana|casa|de dia|el dia| perr| gat|cachorr|conejo|mensaje|texto|correo|email|llama|carta|llame|escrib|mande|envie|contacte|avis|toque|veng|entr|venir|pasar|dig| dime| dicen|llamo|espanol|ingles`)
	turno := func(g []string) (string, float64) {
		switch w := g[1]; {
		case strings.Contains(w, "casa"):
			return "works from home", 1
		case strings.Contains(w, "noche") || strings.Contains(w, "nocturno"):
			return "works nights", 1
		case strings.Contains(w, "fin"):
			return "works weekends", 1
		}
		return "works evenings", 0.95
	}
	turnos := `(?:(?:de|en|en el|en el turno de|el turno de|por) )?(?:la |las |el |los )?(noches?|turno nocturno|nocturno|tardes|casa|fines de semana|fin de semana)`
	past := []string{"esta", "hasta", "hoy", "ya no"}
	m.add(rule{kind: Schedule, sure: 0.92, value: turno, not: past}, `(?:yo |siempre |ahora )*(?:trabajo|trabajamos|estoy trabajando) `+turnos)
	m.add(rule{kind: Schedule, sure: 0.88, value: always("sleeps during the day")}, `(?:yo )?duermo (?:de dia|durante el dia)`)
	m.add(rule{kind: Schedule, sure: 0.9, value: turno, ended: true}, `ya no (?:trabajo|trabajamos) `+turnos)
	cuantos := `(un|una|dos|tres|mi|nuestro|otro|otra)`
	lejos := []string{"del vecino", "de la vecina", "de mi vecino", "murio", "fallecio", "que no es", "callejero", "en el pasillo", "suelto", "ladrando", "afuera"}
	m.add(rule{kind: Pets, sure: 0.92, value: mascota, not: lejos}, `(?:tengo|tenemos|adopte|adoptamos|compre|compramos|hay) `+cuantos+` (?:nuevo |nueva |pequeno )?`+mascotas)
	m.add(rule{kind: Pets, sure: 0.85, value: mascota, not: lejos}, `(mi|nuestro|nuestra) `+mascotas)
	m.add(rule{kind: Pets, sure: 0.9, value: func(g []string) (string, float64) { return mascota([]string{"", "", g[1]}) }, ended: true},
		`ya no (?:tengo|tenemos) (?:el |al |un |mi )?`+mascotas)
	medios := `(mensajes? de texto|textos?|mensajes|correo electronico|correo|correos|email|emails|llamadas?|cartas)`
	m.add(rule{kind: Channel, sure: 0.9, value: via}, `(?:yo )?(?:prefiero|preferimos|preferiria) (?:que me (?:manden|envien|escriban) |recibir |los |las |un |una |por |el )*`+medios)
	m.add(rule{kind: Channel, form: request, sure: 0.88, value: via}, `(?:mandeme|mandenme|envieme|envienme|escribame|escribanme|contacteme|contactenme|avisenme) (?:todo |solo |mejor |un |una |por |al |con )*`+medios)
	m.add(rule{kind: Avoid, form: request, sure: 0.9, value: via, next: []string{"por", "mas", "y", "al", "gracias"}}, `no me (llamen?) ?`)
	m.add(rule{kind: Hours, form: request, sure: 0.88, value: m.within(false)}, `(?:llameme|llamenme|llamame|escribame|escribanme|contacteme|me pueden llamar|me puede llamar) (?:solo )?(`+cuando+`)`)
	m.add(rule{kind: Hours, form: request, sure: 0.88, value: m.within(true)}, `no me (?:llamen?|escriban?|manden? mensajes) ((?:despues|antes) de `+horaDe+`)`)
	m.add(rule{kind: Entry, form: request, sure: 0.88, value: m.within(true)}, `no (?:toquen?|vengan?|entren?)(?: (?:a )?(?:la|mi) puerta)? ((?:despues|antes) de `+horaDe+`)`)
	m.add(rule{kind: Entry, form: request, sure: 0.85, value: m.within(false)}, `(?:vengan?|pueden venir|puede venir)(?: solo)? (`+cuando+`)`)
	m.add(rule{kind: Entry, form: statement, sure: 0.85, value: m.within(false)}, `(?:estoy|estamos) en casa (`+cuando+`)`)
	m.add(rule{kind: Notice, form: request, sure: 0.88, value: always("call first")}, `(?:llamen?|llameme|llamenme|llamame) antes de (?:venir|entrar|pasar|que vengan|llegar|que entren)`)
	m.add(rule{kind: Notice, form: request, sure: 0.88, value: always("tell first")}, `(?:avisenme|aviseme|avisen|avise|avisame) antes de (?:venir|entrar|pasar|que vengan|llegar|que entren)`)
	m.add(rule{kind: Access, form: bare, sure: 0.9, value: always(MayEnter)}, `(?:pueden?|puede) (?:entrar|pasar) (?:aunque|si|cuando) (?:no (?:este|estoy|haya nadie|estemos|estamos)|nadie este)(?: en casa)?`)
	m.add(rule{kind: Access, form: request, sure: 0.9, value: always(NotAlone)}, `no entren? (?:si|cuando) no (?:estoy|estamos|hay nadie)(?: en casa)?`)
	same := func(g []string) (string, float64) { return g[1], 1 }
	m.add(rule{kind: Name, form: request, sure: 0.88, value: same}, `(?:digame|diganme|llameme|llamenme|dime) ([a-z][a-z'-]+)`)
	m.add(rule{kind: Name, form: bare, sure: 0.88, value: same}, `me llamo ([a-z][a-z'-]+)(?: , | )no ([a-z]+)`)
	m.add(rule{kind: Name, form: bare, sure: 0.88, value: same}, `todos me (?:dicen|llaman) ([a-z][a-z'-]+)`)
	m.add(rule{kind: Language, form: request, sure: 0.9, value: tongue}, `(?:prefiero|escribame|escribanme|escriba|mandeme|mandenme|me escriban|me escriba|mensajes|cartas|todo) (?:que me escriban |todo |los mensajes |las cartas |un mensaje |por escrito )?(?:en )?(espanol|ingles)`)
	m.add(rule{kind: Language, form: request, sure: 0.88, value: tongue}, `en (espanol|ingles) (?:, )?por favor`)
}
