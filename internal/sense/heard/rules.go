package heard

import "strings"

const (
	reach = `(?:call|text|phone|ring|reach|contact|email|message)`
	ways  = `(texts?|sms|text messages?|texting|emails?|phone calls?|(?:the |by |by the |on the )phone|calls?|calling|letters?|paper letters?|paper mail|regular mail|the portal|portal|the app)`
	folks = `(?:you|we|they|anyone|someone|maintenance|staff|nobody|no one|any technician|technicians?|the (?:technician|technicians|plumber|crew|team|guys?|maintenance)|the maintenance (?:team|crew|guys?))`
	comes = `(?:com(?:e|es|ing)|enter(?:s|ing)?|stop(?:s|ping)? by|knock(?:s|ing)?|visit(?:s|ing)?|show(?:s|ing)? up|go(?:es|ing)? in|walk(?:s|ing)? in|drop(?:s|ping)? by|(?:is|are) (?:coming|sent)|send(?:ing)? (?:someone|maintenance|anyone))`
)

func wayOf(w string) string {
	switch {
	case strings.Contains(w, "text") || w == "sms":
		return "sms"
	case strings.HasPrefix(w, "email"):
		return "email"
	case strings.Contains(w, "call") || strings.HasSuffix(w, "phone") || w == "ring":
		return "call"
	case strings.Contains(w, "letter") || strings.Contains(w, "mail"):
		return "letter"
	case strings.Contains(w, "portal") || strings.Contains(w, "app"):
		return "portal"
	}
	return ""
}

func way(groups []string) (string, float64) { return wayOf(groups[1]), 1 }

func notAbout() []string {
	return []string{"address", "about", "box", "log", "list", "number", "center", "button", "line", "system", "account", "from", "with", "that", "the", "tree", "buttons", "when", "if", "in", "after", "before", "between"}
}

// The words that groups of rules need.
const (
	needWays  = `text|sms|email|call|phone|letter|mail|portal|app `
	needReach = `call|text|phone|ring|reach|contact|email|message|talk|answer|speak|pick|available`
	needWhen  = `after|before|past|from|by |between|until|morning|afternoon|evening|weekend|weekday`
)

func (m *maker) channels() {
	m.of(needWays)
	stated := func(sure float64, expr string) {
		m.add(rule{kind: Channel, sure: sure, value: way, not: notAbout()}, expr)
	}
	stated(0.93, `{I} (?:really |much |always |would |would really |strongly )?prefers? (?:to (?:get|receive|have|use|be reached by|be contacted by|communicate by) )?(?:getting |using |receiving |a |the |an |my |by )*`+ways)
	stated(0.93, `{I} would (?:much )?rather (?:you )?(?:get |have |receive |use |talk (?:on|over|by) (?:the )?|be (?:reached|contacted) (?:by|via) )?(?:a |an )?`+ways)
	stated(0.9, ways+` (?:is|are|works?|would be) (?:always |usually |much )?(?:the )?(?:best|better|easiest|preferred|easier)(?: way)?(?: for me| for us| to reach (?:me|us|her|him|them)| to get me)?`)
	stated(0.93, `best (?:way|bet|thing) (?:to (?:reach|contact|get|get hold of|communicate with)(?: me| us| her| him| them)? )?(?:is|by|through)(?: by| through| via| with| to)?(?: a| an)? `+ways)
	if m.voice == Note {
		stated(0.9, `{I} (?:wants?|likes?|asked for|asks for|would like) (?:to (?:get|be reached by|be contacted by) )?`+ways+`(?: only| instead| rather than [a-z ]+)?`)
	}
	asked := func(sure float64, expr string) {
		m.add(rule{kind: Channel, form: request, sure: sure, value: way, not: notAbout()}, expr)
	}
	asked(0.9, `(?:send|give|get)(?: me| us)? (?:everything|all|all (?:notices|messages|news|letters|updates|notifications|your messages)|notices|messages|updates|news|notifications|my mail|things)(?: to (?:me|us))? (?:by|via|through|over|as|in) (?:an? )?`+ways)
	asked(0.88, `send (?:me|us) ((?:paper )?letters|paper mail)`)
	asked(0.9, `(?:contact|reach|notify|message|update)(?: me| us) (?:only )?(?:by|via|through|over|on) `+ways)
	asked(0.9, `(text|email|call|phone|ring)(?: me| us)? (?:instead|from now on|only|rather than (?:call|calling|text|texting|email|emailing|phoning)|not call)`)
	asked(0.88, `(?:only|always) (text|email|call)(?: me| us)`)
	asked(0.92, `(text|email|call)(?: me| us)(?: please)? (?:, )?(?:and |but )?(?:do not|not|no|never|instead of) (?:call|calls|calling|text|texts|texting|email|emails|emailing|phone|ring|write)`)
	asked(0.9, `(?:do not|never|stop|no|quit|no more) (?:call|calling|calls|text|texting|texts|phone calls)(?: me| us)?(?: please)? (?:, )?(?:and |but |just |please |rather |better )*(?:use |write |send )?(?:an )?(email|text)(?: me| us)?`)
	avoid := func(form form, expr string) {
		m.add(rule{kind: Avoid, form: form, sure: 0.9, value: way, next: []string{"please", "anymore", "any", "at", "ever", "use", "i", "it", "or", "thanks", "but", "just", "instead", "unless"}}, expr)
	}
	avoid(request, `(?:do not|never|stop|quit)(?: sending(?: me| us)?)? (phone calls|calling|calls|call|texting|texts|text|text messages|emailing|emails|email|ring|phone)(?: me| us| my (?:phone|cell|number|work))?`)
	avoid(request, `(?:please no|no|no more) (phone calls|calls|texts|text messages|emails)(?: to (?:me|us|my (?:phone|cell|number|work)))?`)
	avoid(request, `(?:text|email)(?: me| us)?(?: please)? (?:, )?(?:and |but )?(?:do not|not|no|never|instead of|rather than) (call|calls|calling|phone calls|phoning|text|texts|texting)(?: me| us)?`)
	if m.voice == Note {
		avoid(statement, `{I} (?:does not|do not|did not) (?:want|like) (?:any |to get |getting |to be )?(phone calls|calls|called|texts|text messages|emails)`)
	} else {
		avoid(statement, `{I} do not (?:want|like|answer|take) (?:any |to get |getting )?(phone calls|calls|texts|text messages|emails)`)
	}
}

func (m *maker) times() {
	m.of(needReach, needWhen)
	hours := func(form form, sure float64, inverted bool, expr string) {
		m.add(rule{kind: Hours, form: form, sure: sure, value: m.within(inverted)}, expr)
	}
	lead := ``
	if m.voice == Note {
		lead = `(?:(?:asked|asks|wants) (?:us )?to |(?:asked|asks) that we )?`
	}
	hours(request, 0.88, false, lead+reach+`{me}(?: back| anytime| best| only)* (`+when+`)`)
	hours(request, 0.9, true, `(?:do not|no|never|please no|avoid)(?: ever)? (?:`+reach+`|calls?|texts?|phone calls|calling|texting|messages)(?: me| us)?(?: at all)? ((?:before|after) `+timeOf+`)`)
	hours(statement, 0.9, false, `best (?:time|times|hours?) (?:to (?:`+reach+`|talk|catch|get hold of)(?: to)?(?: me| us| her| him| them)?|for (?:a call|calls|me|us)) (?:is|are|would be) (?:usually |always )?(`+when+`|`+part+`)`)
	hours(statement, 0.85, false, `(`+part+`) (?:are|is|works?) (?:always |usually )?(?:best|better|easiest)(?: for me| for us)? (?:to|for) (?:`+reach+`|talk|phone calls|calls?|texts)(?: me| us)?`)
	hours(statement, 0.88, false, `{I} (?:can|am able to) only (?:talk|answer|take calls|pick up|be reached|speak) (`+when+`|`+part+`)`)
	hours(statement, 0.88, false, `{I} (?:am|are|is) (?:only |usually )?(?:reachable|available (?:by phone|to talk|for calls|for a call)) (?:only )?(`+when+`|`+part+`)`)
}

func (m *maker) door() {
	m.of(needWhen)
	entry := func(form form, sure float64, inverted bool, expr string) {
		m.add(rule{kind: Entry, form: form, sure: sure, value: m.within(inverted)}, expr)
	}
	target := `(?: on (?:my|the|our) door| at (?:my|the|our) door| at the door| the door| by| in| over)?`
	entry(request, 0.9, true, `(?:do not|no|never|please no|nobody|no one|avoid)(?: should)? (?:`+comes+`|(?:maintenance )?(?:visits?|visitors|repairs?|entry|workers|appointments?)|at (?:my|the|our) door)`+target+` ((?:before|after) `+timeOf+`)`)
	entry(request, 0.82, false, `(?:come|stop by|knock|visit|enter|drop by|send (?:someone|maintenance|the technician|a technician|the plumber|them|anyone)|schedule (?:visits|repairs|appointments|maintenance|work))`+target+`(?: only)? (`+when+`)`)
	entry(request, 0.85, false, `(?:maintenance|technicians?|the technician|the plumber|someone|anyone|they|you) (?:can|may|should) (?:only |always )?(?:come|enter|stop by|visit|knock)`+target+`(?: only)? (`+when+`)`)
	be := `(?:am|are|is) `
	if m.voice == Note {
		be = `(?:is |are )?`
	}
	entry(statement, 0.85, false, `{I} `+be+`(?:only |usually |always |generally )*(?:home|here) (?:only )?(`+when+`)`)
	entry(statement, 0.85, true, `(?:nobody|no one) is (?:ever |usually )?(?:home|here|in) ((?:before|until|after) `+timeOf+`)`)
	entry(statement, 0.85, true, `{I} `+be+`(?:not|never) (?:home|here|in) ((?:before|until|after) `+timeOf+`)`)
	entry(statement, 0.85, false, `(`+part+`) (?:are|is|works?) (?:always |usually )?(?:best|better|easiest) (?:for (?:me|us) )?for (?:repairs?|visits?|maintenance|appointments?|the technician|work)`)
	if m.voice == Note {
		entry(statement, 0.88, true, `{I} (?:does not|do not) (?:want|like) (?:any )?(?:knocking|knocks|visits?|maintenance|anyone|people|anybody)(?: at the door)? ((?:before|after) `+timeOf+`)`)
	}
	m.notice()
	m.access()
}

func (m *maker) notice() {
	m.of(`before|first|ahead|advance`)
	first := func(groups []string) (string, float64) {
		w := wayOf(groups[1])
		switch w {
		case "sms":
			return "text first", 1
		case "call", "email":
			return w + " first", 1
		}
		return "tell first", 1
	}
	notice := func(form form, expr string) {
		m.add(rule{kind: Notice, form: form, sure: 0.88, value: first}, expr)
	}
	prior := `before (?:` + folks + ` (?:` + comes + `|get(?:s)? here|arrives?)|` + comes + `|(?:the |any )?(?:visit|visits|entry|repair))`
	verb := `(call|text|phone|ring|email|message|notify|tell|warn|let (?:me|us) know|(?:give (?:me|us) |send (?:me|us) )(?:a )?(?:call|text|heads up|notice|warning|message))`
	notice(request, verb+`(?: me| us)?(?: first| beforehand| ahead| in advance| always)*(?: at least [a-z0-9]+ [a-z]+)? `+prior)
	notice(request, `(call|text|phone|ring)(?: me| us)? (?:first|beforehand|ahead|ahead of time|in advance)(?: please)?`)
	notice(request, `(let (?:me|us) know) (?:first|beforehand|ahead|ahead of time|in advance)(?: please)?`)
	notice(statement, `{I} (?:would like|needs?|wants?|would appreciate|prefers?|appreciates?) (?:an? |to get a |some )?(call|text|heads up|notice|warning|message) (?:first |beforehand )?`+prior)
	notice(statement, `{I} (?:would like|wants?|prefers?) to (?:be|get) (called|texted|told|notified|warned) (?:first |beforehand )?`+prior)
}

func (m *maker) access() {
	m.of(` home| here| there|enter|come in|go in|yoursel|key|present|without|in my absence|any time|anytime| in `)
	may := func(form form, sure float64, expr string) {
		m.add(rule{kind: Access, form: form, sure: sure, value: always(MayEnter)}, expr)
	}
	gone := `(?:(?:if|when|while|even if|even when|though|although|even though) (?:i am|we are|she is|he is|they are|nobody is|no one is) (?:not |away|out|gone|at work)?(?:home|here|there|in|around|at home)?|without me|without us|in my absence|any ?time)`
	may(bare, 0.9, `(?:nobody|no one) (?:needs|has) to be (?:home|here|there|present|in)`)
	may(bare, 0.92, `(?:you|they|maintenance|the technician|technicians|anyone from maintenance|your team|staff) (?:can|may|are welcome to|is welcome to|are free to|have (?:my |our )?permission to|has (?:my |our )?permission to) (?:just |always |please )?(?:come in|enter|go in|let (?:yourself|yourselves|themselves|himself) in|go on in|come on in|use (?:your|the) key)(?: my (?:apartment|unit|place|home)| the (?:apartment|unit)| our (?:apartment|unit|home))? `+gone)
	may(bare, 0.9, `(?:permission to enter (?:is )?(?:granted|given|yes)|(?:you|maintenance) (?:have|has) (?:my |our )?permission to enter|pte yes|ok(?:ay)? to enter (?:`+gone+`))`)
	may(request, 0.88, `(?:feel free to |just |please )?(?:let (?:yourself|yourselves) in|use (?:your|the master) key to (?:come|get|go) in)`)
	only := func(form form, sure float64, expr string) {
		m.add(rule{kind: Access, form: form, sure: sure, value: always(NotAlone)}, expr)
	}
	only(request, 0.9, `(?:do not|never|nobody|no one)(?: should| may| can)? (?:enter|come in|come inside|go in|let yourself in|use your key)(?: my (?:apartment|unit|place|home)| the (?:apartment|unit)| our (?:apartment|unit|home))? (?:(?:if|when|while) (?:i am|we are|nobody is|no one is) (?:not |away|out|gone)?(?:home|here|there|in)?|without (?:me|us)|unless (?:i am|we are|someone is) (?:home|here|there))`)
	only(request, 0.9, `(?:only )?(?:enter|come in|come|send (?:someone|maintenance)) (?:only )?(?:when|while|if) (?:i am|we are|someone is) (?:home|here|there|in)`)
	only(statement, 0.9, `{I} (?:would like|wants?|needs?|prefers?|would prefer|has|have) to be (?:home|here|there|present|in) (?:when|while|if|for) (?:`+folks+` (?:`+comes+`|work|works|do|does)|(?:any |the )?(?:repairs?|visits?|entry))`)
}

func (m *maker) life() {
	m.of(`work|shift|nights|sleep|evenings|overnight`)
	shift := func(groups []string) (string, float64) {
		w := groups[1]
		switch {
		case strings.Contains(w, "home") || w == "remotely":
			return "works from home", 1
		case strings.Contains(w, "weekend"):
			return "works weekends", 1
		case strings.Contains(w, "evening") || strings.Contains(w, "second") || strings.Contains(w, "swing") || strings.Contains(w, "late"):
			return "works evenings", 1
		case strings.Contains(w, "night") || strings.Contains(w, "graveyard") || strings.Contains(w, "third"):
			return "works nights", 1
		}
		return "works days", 0.95
	}
	shifts := `(nights|night shifts?|overnights?|overnight shifts?|graveyard|graveyard shifts?|third shift|evenings|evening shifts?|second shift|swing shifts?|late shifts?|days|day shifts?|first shift|weekends|from home|remotely)`
	often := `(?:usually |mostly |always |only |now |currently |just |also |both )*`
	over := []string{"this", "next", "for", "until", "tonight", "anymore", "any", "sometimes", "once", "or", "off", "if", "unless", "when", "starting", "of", "at a time", "in a row", "until the"}
	m.add(rule{kind: Schedule, sure: 0.95, value: shift, not: over}, `{I} `+often+`(?:am |are |is )?`+often+`work(?:s|ing)? `+often+`(?:the |a |on |in )*`+shifts)
	if m.voice == Own {
		m.add(rule{kind: Schedule, sure: 0.9, value: shift, not: over}, `(?:i|we) (?:am|are|drive|cook|bake|clean|drive|teach|guard) (?:[a-z]+ ){1,4}and work(?:ing)? (?:the |a |on |in )*`+shifts)
	}
	m.add(rule{kind: Schedule, sure: 0.95, value: shift, not: over}, `{I} `+often+`(?:am|are|is) `+often+`on (?:the )?(nights|night shifts?|graveyard shift|third shift|second shift|evenings|evening shift|day shift)`)
	m.add(rule{kind: Schedule, sure: 0.9, value: shift, not: over}, `{I} (?:has|have) (?:a |the )?(night shift|overnight shift|graveyard shift|evening shift|night) (?:job|schedule)`)
	if m.voice == Note {
		m.add(rule{kind: Schedule, sure: 0.9, value: always("sleeps during the day")}, `{I} sleeps? (?:during the day|in the daytime|days)`)
	} else {
		m.add(rule{kind: Schedule, sure: 0.9, value: always("sleeps during the day"), not: over}, `(?:i|we|and|so i) (?:usually |mostly |always )?sleep (?:during the day|in the daytime|days|daytimes)`)
	}
	m.add(rule{kind: Schedule, sure: 0.9, value: always("sleeps during the day")}, `{I} (?:am|is) a (?:day sleeper|daytime sleeper)`)
	m.add(rule{kind: Schedule, sure: 0.9, value: shift, ended: true}, `{I} (?:no longer works?|(?:have |has )?(?:stopped|quit) working|(?:am|is) no longer working|(?:am|is) done working) (?:on |the )*`+shifts)
	m.add(rule{kind: Schedule, sure: 0.9, value: shift, ended: true}, `{I} (?:(?:do|does) not|(?:am|is) not) work(?:ing)? (?:on |the )*`+shifts+` any ?(?:more|longer)`)
}
