package identity

import "strings"

// nicknames lists English first names with the short and pet forms by which the same people sign: one line a name, in
// compared form. A form may stand in several lines (Al is Albert, Alan and Alfred); two forms belong together if a
// line holds both.
const nicknames = `aaron ron ronnie
abigail abby abbie gail
abraham abe bram
adelaide addie ada heidi
agnes aggie nessie
alan allan allen al
albert al bert bertie albie
alexander alex al alec sandy sasha xander lex
alexandra alex sandra sandy lexi lexie alexa sasha
alfred al fred freddie alf alfie
alice allie ali
alison allison ali allie
amanda mandy manda
amelia amy millie mel
anastasia ana stacy stacey
andrea andie drea
andrew andy drew
angela angie ange
anna ann anne annie nan nancy
annette ann annie netta
anthony tony ant
antoinette toni nettie
antonio tony toni
arthur art artie
ashley ash
augustus gus august
barbara barb barbie babs bobbie
bartholomew bart
beatrice bea trixie
benjamin ben benny benji
bernard bernie barney
bernadette bernie detta
bertram bert
bethany beth
beverly bev
bradley brad
brandon bran
brenda bren
bridget bridie biddy
calvin cal
cameron cam
camille cam millie
candace candy
carl charles chuck charlie
carol carrie caroline
caroline carrie carol lina caro
cassandra cass cassie sandra
catherine cathy cat kate katie kathy kitty cate kay katherine kathryn catharine katharine kathleen
cecilia cece celia cissy
charles charlie chuck chas chaz
charlotte charlie lottie char
chester chet
christina chris christy tina chrissy christine kristina kristin kristen kris kirsten
christopher chris kit topher kris
clarence clare
clifford cliff
clifton cliff
clinton clint
constance connie
cornelius neil
curtis curt
cynthia cindy cyndi
daniel dan danny
danielle dani danny
david dave davy davey
deborah deb debbie debra
delores dee lola
dennis denny
dominic dom nick
donald don donnie
donna donnie
dorothy dot dottie dolly dora
douglas doug
dwight ike
edgar ed eddie
edith edie
edmund ed eddie ned
edward ed eddie ned ted teddy
edwin ed eddie
eileen ellie
eleanor ellie nell nellie nora elly ella lenora
elizabeth liz beth betty lizzie eliza betsy bess bette libby lisa elisabeth bettie elsie
ellen nell ellie
emily em emmy millie
emma em emmy
eric rick
ernest ernie
esther essie hettie
eugene gene
evelyn eve evie
ezekiel zeke
florence flo flossie
frances fran frannie francie
francis frank fran
francisco paco frank cisco pancho
franklin frank
frederick fred freddie freddy rick fritz
gabriel gabe
gabrielle gabby gabi
gareth gary
geoffrey geoff jeff jeffrey
george georgie
gerald gerry jerry
geraldine gerry geri
gertrude gert trudy
gilbert gil bert
gregory greg
guillermo memo will
gwendolyn gwen
harold hal harry
harriet hattie harry
harrison harry
helen nell nellie lena
henrietta hettie etta
henry hank harry hal
herbert herb bert
howard howie
hubert hugh bert
ignacio nacho
irene rena
isaac ike zac
isabella bella izzy isabel isabelle belle
isidore izzy
jacob jake
jacqueline jackie jacqui
james jim jimmy jamie jem
jane janie jenny
janet jan
janice jan
jason jay
jean jeanie jeanne jeannie
jefferson jeff
jeremiah jerry jem
jeremy jerry jem
jennifer jen jenny jenn
jerome jerry
jesse jess
jessica jess jessie
jesus chuy
joan joanie
joanna jo joanne joann
john johnny jack jon
jonathan jon johnny nathan john
jose pepe joe
joseph joe joey jo
josephine jo josie fifi
joshua josh
joyce joy
judith judy jude
julia julie jules
julian jules
justin jus
katherine kate katie kathy kay kit kat kitty kathryn kathleen katharine catherine kathie
kenneth ken kenny
kimberly kim kimmy
kristopher kris chris
lawrence larry lars laurence lori
leonard leo len lenny
leonardo leo
leroy roy lee
leslie les
lester les
lillian lil lily lilly
lincoln link
linda lin lindy lynn
lorraine lori rainey
louis lou louie lewis
louise lou lulu
lucille lucy lu
lucy lu lucia
luis lou
lydia liddy
mackenzie mac kenzie
madeline maddie maddy madeleine madelyn
magdalena lena maggie
malcolm mal mac
manuel manny manolo
marcus marc mark
margaret maggie meg peg peggy marge margie rita greta madge megan
margarita rita margo
maria marie mia
marjorie marge margie
martha marty mattie patty
martin marty
marvin marv
mary molly polly may mae mamie maria
matilda tilly mattie
matthew matt matty
maureen mo
maurice morris mo
maxine max
maximilian max
maxwell max
melanie mel
melissa mel missy lissa
melvin mel
mercedes mercy
michael mike mick mickey mikey micah
michelle shelly chelle mickey
mildred millie
miguel mike
minerva minnie
miranda mandy randy
miriam mimi mitzi
mitchell mitch
mohammed mo muhammad mohammad mohamed muhammed mohamad
monica mona
morgan mo
moses mo moe
nancy nan
natalie nat tally
natasha tasha nat
nathan nate nat
nathaniel nate nat nathan
nicholas nick nicky nicolas nico klaus
nicole nikki nicky
norman norm
oliver ollie
olivia liv livvy ollie
oscar ozzie
oswald oz ozzie
pamela pam
patricia pat patty trish tricia patsy trisha
patrick pat paddy rick
paul paulie
paula polly
pauline polly
penelope penny
percival percy
peter pete
philip phil phillip pip
phyllis phyl
priscilla cilla prissy
rachel rae rach
ralph ralphie
randall randy
randolph randy
raymond ray
rebecca becky becca beck
reginald reg reggie
rhonda ron
ricardo ricky rick
richard rick dick rich ricky richie
robert bob rob bobby robbie bert bobbie
roberta bobbie robbie berta
roderick rod rick
rodney rod
roger rog
roland rollie
ronald ron ronnie
rosalind roz rose
rose rosie
rosemary rose rosie
roxanne roxy
russell russ rusty
ruth ruthie
salvador sal
salvatore sal
samantha sam sammy
samuel sam sammy
sandra sandy
santiago santi
sarah sara sadie sally
sebastian seb bas
shirley shirl
sidney sid
simon si
solomon sol
sophia sophie
stanley stan
stefanie steph
stephanie steph stevie
stephen steve steven stevie
susan sue susie suzy suzanne
susanna sue susie suzy susannah
sylvester sly
sylvia syl
tabitha tabby
tamara tammy tam
terence terry terrance
teresa terry tess tessa theresa therese
theodore ted teddy theo
thomas tom tommy thom
tiffany tiff
timothy tim timmy
tobias toby
valentina val tina
valerie val
vanessa nessa
veronica ronnie vera roni
victor vic
victoria vicky tori vic vickie
vincent vince vinny vin
violet vi
virginia ginny ginger
vivian viv
wallace wally
walter walt wally
wendy wen
wesley wes
wilfred will fred wilf
wilhelmina mina willie billie
william bill will billy willy liam willie
winifred winnie freda
winston winnie
yolanda yoli
yvonne vonnie
zachary zach zack zac zachariah
`

// nickbook answers which first names one person goes by.
type nickbook struct {
	lines map[string][]int16 // by name, the lines that hold it
	full  map[string]string  // by name, the first name of its first line
}

func newNickbook() *nickbook {
	b := &nickbook{lines: map[string][]int16{}, full: map[string]string{}}
	for i, line := range strings.Split(strings.TrimSpace(nicknames), "\n") {
		names := strings.Fields(line)
		for _, n := range names {
			b.lines[n] = append(b.lines[n], int16(i)) //nolint:gosec // a few hundred lines
			if b.full[n] == "" {
				b.full[n] = names[0]
			}
		}
	}
	return b
}

// same tells whether the two forms can be one name.
func (b *nickbook) same(x, y string) bool {
	lx := b.lines[x]
	if len(lx) == 0 {
		return false
	}
	for _, i := range b.lines[y] {
		for _, j := range lx {
			if i == j {
				return true
			}
		}
	}
	return false
}

// canon is one form for most of those that belong together: good enough to find candidates.
func (b *nickbook) canon(name string) string {
	if f := b.full[name]; f != "" {
		return f
	}
	return name
}

// common tells whether the name is one of the list, and thus borne by many.
func (b *nickbook) common(name string) bool { return b.full[name] != "" }

// Nicknames gives, for each name of the list, the other forms of its line: what generators of people draw from.
func Nicknames() map[string][]string {
	out := map[string][]string{}
	for line := range strings.Lines(nicknames) {
		if names := strings.Fields(line); len(names) > 1 {
			out[names[0]] = append(out[names[0]], names[1:]...)
		}
	}
	return out
}
