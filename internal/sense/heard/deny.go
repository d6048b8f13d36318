package heard

import (
	"regexp"
	"strings"
)

// deniedIn tells whether the sentence speaks of what somebody is rather than what they would like. Such a sentence gives
// nothing: what is not read cannot be kept. The list is meant to be too wide; what it costs is a fact that is not proposed.
func (r *Reader) deniedIn(s sentence) bool {
	norm := r.tongue.ReplaceAllString(s.norm, " so ") // a language that is asked for is no origin
	for _, p := range r.denied {
		if p.MatchString(norm) {
			return true
		}
	}
	return false
}

// deniedPatterns compiles the list, one expression for each sort.
func deniedPatterns() []pattern {
	var out []pattern
	for _, words := range deniedWords() {
		out = append(out, regexp.MustCompile(` (?:`+strings.Join(strings.Fields(words), "|")+`) `))
	}
	for _, p := range deniedPhrases() {
		out = append(out, regexp.MustCompile(` (?:`+p+`) `))
	}
	return append(out, regexp.MustCompile(`^ (?:is|aged?|turned|turns) (?:1[89]|[2-9]\d) `))
}

// deniedWords holds words by sort; an ending in [a-z]* takes all that begins so.
func deniedWords() []string {
	return []string{
		// Health.
		`sick[a-z]* ill illness[a-z]* disease[a-z]* disorder[a-z]* diagnos[a-z]* symptom[a-z]* syndrome condition conditions chronic health[a-z]* unwell
medic[a-z]* meds pill[a-z]* prescription[a-z]* dose doses insulin inhaler injection[a-z]* oxygen ventilator cpap catheter pharmacy
doctor[a-z]* dr physician[a-z]* surgeon surger[a-z]* operation clinic[a-z]* hospital[a-z]* icu hospice ambulance paramedic[a-z]* nurse nurses nursing
therap[a-z]* psych[a-z]* psychiatr[a-z]* counselor counseling rehab[a-z]* detox[a-z]* sober sobriety addict[a-z]* alcohol[a-z]* methadone suboxone
chemo[a-z]* radiation dialysis transplant[a-z]* cancer[a-z]* tumor[a-z]* diabet[a-z]* epilep[a-z]* seizure[a-z]* stroke[a-z]* asthma[a-z]* copd allerg[a-z]*
arthrit[a-z]* migraine[a-z]* fibromyalgia lupus parkinson[a-z]* alzheimer[a-z]* dementia memory hiv aids hepatitis covid flu pneumonia tuberculosis infection[a-z]*
depress[a-z]* anxi[a-z]* panic ptsd bipolar schizo[a-z]* adhd ocd autis[a-z]* asperger[a-z]* trauma[a-z]* suicid[a-z]* insomnia sleepless
pain[a-z]* injur[a-z]* wound[a-z]* bleeding recover[a-z]* healing kidney[a-z]* heart lung[a-z]* liver blood immune immuno[a-z]*
pregnan[a-z]* expecting maternity midwife doula miscarr[a-z]* trimester postpartum breastfeed[a-z]* ivf`,
		// Disability and what helps.
		`disab[a-z]* handicap[a-z]* wheelchair[a-z]* walker crutch[a-z]* cane mobility paraly[a-z]* amput[a-z]* prosthe[a-z]* deaf hearing impair[a-z]*
braille asl interpreter caregiver[a-z]* caretaker[a-z]* carer aide aides accommodation[a-z]* accessib[a-z]* ada esa therapydog stutter[a-z]* mute tremor[a-z]* fragile
overstimul[a-z]* sensory neurodiver[a-z]* cognitive[a-z]* dyslexi[a-z]* epi epipen`,
		// Faith.
		`relig[a-z]* church[a-z]* mosque[a-z]* synagogue[a-z]* shul parish chapel god allah jesus christ christian christians christianity catholic[a-z]* protestant[a-z]* baptist[a-z]* mormon[a-z]* lds
jehovah[a-z]* muslim[a-z]* islam[a-z]* jew[a-z]* hindu[a-z]* buddh[a-z]* sikh[a-z]* orthodox amish atheis[a-z]* faith pray[a-z]* worship[a-z]* bible quran koran torah
ramadan eid iftar suhoor sabbath shabbat shabbos shabat passover hanukkah yom rosh kippur sukkot purim lent easter christmas diwali holi vesak fasting kosher halal
imam rabbi priest pastor minister deacon mass sermon confession sacred holy friday-prayer jummah jumah namaz salah baptism communion bar-mitzvah temple`,
		// Origin and colour of skin.
		`immigra[a-z]* migrant[a-z]* refugee[a-z]* asylum undocumented visa visas greencard citizen[a-z]* deport[a-z]* uscis naturaliz[a-z]* ethnic[a-z]* race racial[a-z]* racis[a-z]*
african[a-z]* asian[a-z]* hispanic[a-z]* latin[a-z]* latinx caucasian mexican[a-z]* somali somalis somalia somalian haitian[a-z]* indian arab arabs arabian nigerian[a-z]* ethiopian[a-z]* ukrainian[a-z]*
nationality homeland accent tribe tribal foreigner[a-z]*`,
		// Family.
		`family famil[a-z]* baby babies newborn[a-z]* infant[a-z]* toddler[a-z]* kid kids child children childcare son sons daughter[a-z]* twin twins teen[a-z]* minor minors
husband wife spouse fiance[a-z]* boyfriend girlfriend partner married marri[a-z]* wedding divorc[a-z]* separated widow[a-z]* single custody foster[a-z]* adoption stepson stepdaughter
mother mothers mom moms mommy mum mama father fathers dad dads daddy papa parent parents parenting grandm[a-z]* grandp[a-z]* grandchild[a-z]* grandson granddaughter grandkid[a-z]*
brother[a-z]* sister[a-z]* uncle aunt aunts nephew[a-z]* niece[a-z]* cousin[a-z]* nanny babysit[a-z]* daycare preschool kindergarten school[a-z]* nap naps crib diaper[a-z]* stroller`,
		// Age.
		`elder[a-z]* senior[a-z]* retire[a-z]* pension[a-z]* geriatric aged birthday[a-z]* medicare ssa seventies eighties nineties octogenarian`,
		// Gender and whom one loves.
		`gay lesbian[a-z]* queer bisexual[a-z]* trans transgender[a-z]* transition[a-z]* nonbinary pronoun[a-z]* gender[a-z]* lgbt[a-z]* hormone[a-z]* deadname[a-z]* sex sexual[a-z]* menstru[a-z]*`,
		// Violence, and what the law keeps apart.
		`abus[a-z]* assault[a-z]* violen[a-z]* stalk[a-z]* restraining vawa rape[a-z]* victim[a-z]* survivor[a-z]* shelter hiding parole[a-z]* probation felon[a-z]* prison jail convict[a-z]*`,
		// Where money comes from.
		`voucher[a-z]* subsid[a-z]* ssi ssdi welfare snap ebt medicaid unemploy[a-z]* disabilitycheck veteran[a-z]* bankrupt[a-z]*`,
		// The same in Spanish.
		`enferm[a-z]* salud medic[a-z]* doctora? cirugia hospital clinica embaraz[a-z]* bebe bebes discapaci[a-z]* sord[oa] cieg[oa] silla diabetes cancer quimio[a-z]* dialisis alergi[a-z]* asma
depresion ansiedad dolor iglesia misa rezo rezar orar religion ramadan cuaresma pascua navidad judio judia musulman[a-z]* cristian[a-z]* catolic[a-z]* familia hijo hijos hija hijas nino ninos nina ninas
esposo esposa marido mujer madre padre mama papa mamá abuel[a-z]* herman[a-z]* ti[oa] prim[oa] sobrin[oa] casad[oa] divorciad[oa] viud[oa] solter[oa] jubilad[oa] anciano anciana edad cumpleanos
inmigra[a-z]* refugiad[oa] visa papeles migra escuela guarderia embarazo parto`,
	}
}

// deniedPhrases holds what only several words say.
func deniedPhrases() []string {
	return []string{
		`(?:legally |going |am |is |are |half |almost |partially )blind|blind (?:in|person|man|woman|and)|low vision|visually|can not (?:see|hear|walk|stand|climb|read|speak|bend|lift)(?: well)?|hard of hearing`,
		`(?:hear|see|walk|move)s? (?:poorly|badly|slowly)|trouble (?:hearing|seeing|walking|breathing|sleeping)|hearing (?:aid|aids|loss)|sign language|bad (?:back|knee|knees|hip|leg|legs|eyes)`,
		`(?:service|support|guide|assistance|therapy|emotional|seizure|seeing) (?:[a-z]+ )?(?:dog|dogs|animal|animals|cat|cats|pet|pets|puppy|kitten|rabbit)|(?:dog|cat|animal) (?:is|for|helps?) (?:my|me|a service|emotional)`,
		`\d+ (?:years? |yrs? )?old|(?:i am|she is|he is|turn|turned|turning|age|aged|am) (?:1[89]|[2-9]\d)|my age|at our age|years of age|(?:too|very|so) old|old (?:lady|man|woman|people|age)|(?:18|60|62|65) and over`,
		`section (?:8|eight)|social security|food stamps|green card|fixed income|child support`,
		`with a new born|having a (?:boy|girl)|due (?:date|in [a-z]+)|my (?:little|oldest|youngest) (?:one|ones|girl|boy)|the little (?:one|ones)|home ?school[a-z]*|my (?:boy|girl|boys|girls|ex)|big house ?hold`,
		`(?:i|we|he|she|they|resident) (?:am|are|is|come|comes|came) (?:originally )?from (?:[a-z]+ ){0,2}(?:country|mexico|somalia|india|china|haiti|syria|iraq|iran|ukraine|russia|nigeria|guatemala|honduras|cuba|vietnam|ethiopia)|mother tongue|native language|first language`,
		`do(?:es)? not (?:speak|understand|read) (?:[a-z]+ )?english|(?:poor|no|bad|little) english|only speaks? [a-z]+|(?:am|is|are|being) (?:arabic|russian|chinese|korean|japanese|vietnamese|polish|italian|german|french|portuguese|hindi|spanish|creole)|speaks? only [a-z]+|no habl[oa] ingles|no entiend[oe] ingles`,
		`holy day|day of rest|before sundown|after sundown|till sundown|until sundown|sundown|sunset|evening prayer|morning prayer|service(?:s)? on sundays?|sunday (?:service|school)`,
		`can not have (?:smoke|perfume|scents?|chemicals)|chemical sensitiv[a-z]*|light sensitiv[a-z]*|noise sensitiv[a-z]*|sensitive to (?:[a-z]+ )?(?:noise|light|smell|sound|sounds|smells|scents?)`,
		`(?:my|his|her|their) (?:legs?|back|hip|knees?|eyes|ears|breathing|nerves|mental|condition|procedure|treatment|treatments|infusion|appointments?|recovery|helper|attendant|social worker|case ?worker)`,
		`treatment(?:s)?|infusions?|check ?ups?|appointment at the [a-z]+|aa meetings?|na meetings?|meals on wheels|home care|home health|personal care|assisted living|power of attorney|guardian(?:ship)?`,
	}
}
