package sentiment

// foreign tells whether the word is a common one of another language that American residents write in, and no English
// one: a sign that the text cannot be read here.
func foreign(w string) bool {
	switch w {
	case "el", "los", "las", "una", "unos", "del", "al", "que", "qué", "por", "para", "con", "como", "pero", "más", "muy", "está", "esta", "están", "estan", "este", "esto", "eso", "hay", "ser", "fue", "tiene", "tengo",
		"mi", "mis", "su", "sus", "se", "lo", "le", "les", "nos", "yo", "usted", "gracias", "favor", "agua", "hola", "buenos", "buenas", "días", "dias", "señor", "señora", "también", "cuando", "donde", "porque", "nada", "nadie", "sigue", "todo", "todos",
		"un", "une", "des", "du", "et", "est", "pas", "ne", "je", "vous", "nous", "il", "elle", "dans", "sur", "avec", "pour", "qui", "mais", "très", "merci", "bonjour", "ce", "cette", "c'est", "depuis", "être", "sont", "votre", "mon", "ma", "au", "aux", "encore",
		"der", "das", "und", "ist", "nicht", "ich", "wir", "sie", "ein", "eine", "einen", "dem", "den", "mit", "auf", "für", "auch", "noch", "schon", "sehr", "danke", "bitte", "wieder", "kein", "keine", "seit", "wird", "haben", "sind", "zu", "im", "von", "aber",
		"o", "os", "não", "nao", "uma", "com", "em", "ao", "obrigado", "obrigada", "você", "voce", "muito", "meu", "minha", "isso", "já", "foi", "eu", "da", "dos",
		"gli", "che", "di", "è", "non", "per", "sono", "grazie", "questo", "questa", "molto", "anche", "della", "nel", "ho", "abbiamo",
		"nie", "jest", "się", "na", "że", "dziękuję", "proszę", "ang", "ng", "mga", "po", "hindi", "ako", "salamat", "không", "tôi", "và", "của", "là", "có", "nou", "mwen", "pa", "nan", "mèsi", "ak":
		return true
	}
	return false
}
