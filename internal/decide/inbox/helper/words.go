package helper

import (
	"slices"
	"strings"
)

// alsoWords are names that people of this country have and that are everyday words of English or Spanish as well, and the short
// words that any text is full of. What is missing is taken for a name in small letters too: rather a word is hidden than a name told.
const alsoWords = ` a al am an and art as at august autumn
 abril alba alegre alma ámbar angel ángel april ash
 baker ball banks barber barn bass be bean bear bell best bill bird bishop bishops black blanco blue bond book booker booth bowl branch bravo brook brooks brown bruno bueno bush but butcher by
 cabello calle calles camp campo campos can candy car carpenter carter case casas castillo caballero cash castro chance chase chi christian church cielo claro clay close clear cole cook coral corner cortes cotton crane crisp cross cruz
 dale day days dawn de dean del delgado did diamond do dolores drew drive duke dung
 earl early east el ember en england ernest es esperanza even ever
 fair faith fe field fields fiesta fin first fish fisher flor flores flowers for ford forest foster fox franco frank free friend frost fuentes
 gardener garden gay gene gentle glass go gold golden good grace grant gray green grey guerra guerrero gun guy
 ha hall hand hang hardy harmony harper has hazel he heath heather her herb hidalgo high hill hills him his holly home honor hope hoy house how hung hunter
 if in iris is it ivory ivy
 jack jade jasmine jay jesus jewel joy judge junior june july just justice
 key king kitty knight
 la lake lamb lance land lane lara lark last laurel law le leaf leal león less light lily lima little lo loan lock long love low luna luz
 ma mañana major mar marina mark marks marsh mason may me mejor melody mercado mercedes mercy merry mesa miles mi miller milagros mills milo mina mine misty molina montes moon moral more morales moreno morning moss my
 nieves night no noble noel nor norman north novak now
 oak ocean of olive on or os our own
 palma palmer park parker parks pat patience paz pearl peace penny perla person persons pie piece pierce pilar pine place pleasant plum poole pop pope porter post potter powers present price prince prudence
 queen quick
 rain ramos ray red reed reina rey reyes rice rich rico ríos rios river rivers rob robin rock roman rosa rosario rose roses rowan royal rubio ruby run rush rusty
 sage sal salas salt salvador san sand sandy santa santos savage se self serena serrano service shade sharp she shepherd short si sí sierra silver singer sky small snow so sol soledad soler son song soto south sparks speed spring st star steel stella stone storm street strong su sue sugar summer summers sun sunny sweet swift
 tan tanner taylor teal the they to todd torre torres trinidad true tu tucker turner tyler
 un up us
 vale valle van vega vera verde victor vidal viola violet virtud
 walker wall walls ward waters way we weaver webb weeks well wells west wheeler white wild will wills win winter winters wise wolf wood woods work worth wren wright
 ya year york you young your yo yu
 zapata `

// isWord tells whether a name is an everyday word as well.
func isWord(name string) bool {
	return slices.Contains(strings.Fields(alsoWords), strings.ToLower(name))
}
