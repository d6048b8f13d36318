package value

import (
	"strings"
	"unicode"
)

// givenName tells whether a word is a first name that is common in the United States and seldom a family name. It is
// only used to find out, over a whole column, which of two words is the first name; it says nothing about a person.
func givenName(w string) bool {
	w = strings.ToLower(strings.TrimFunc(w, func(r rune) bool { return !unicode.IsLetter(r) }))
	if len(w) < 3 {
		return false
	}
	// One string per initial keeps this a constant: no table in memory that somebody could change.
	return strings.Contains(givenNames, " "+w+" ")
}

// givenNames is our own selection of frequent first names, long enough that a column of fifty people meets several.
const givenNames = " aaron abigail adam adrian aisha alan alberto alejandro alex alexander alexis alfredo alice alicia alison alma alyssa amanda amber amelia amir amy ana andre andrea andres andrew andy angel angela angelica anita ann anna anne annie anthony antonio april ariana arturo ashley audrey austin ava " +
	"barbara beatriz becky benjamin bernadette beth bethany betty beverly bianca bill billy blanca bob bonnie brad bradley brandi brandon brenda brent brett brian bridget brittany bryan caitlin caleb camila candace carl carla carlos carmen carol carolina caroline carolyn carrie casey catherine cathy cecilia cesar chad charlene charles charlotte chelsea cheryl chloe chris christian christina christine christopher cindy claire clara claudia clayton colin colleen connie connor corey courtney craig cristina crystal curtis cynthia " +
	"daisy dale damian dan dana daniel daniela danielle danny darlene darren david dawn dean deanna debbie deborah debra denise dennis derek derrick devin diana diane diego dolores dominic don donald donna doris dorothy doug douglas duane dustin dylan eddie edgar eduardo edward edwin eileen elaine eleanor elena elijah elizabeth ella ellen emily emma enrique eric erica erik erika erin ernest ernesto esteban esther ethan eugene eva evan evelyn " +
	"faith fatima felicia felipe fernando florence frances francisco frank fred gabriel gabriela gabriella gail gary gavin gene george gerald gerardo gina gladys glen glenda glenn gloria grace greg gregory guadalupe guillermo gwen hannah harold harry hassan hazel heather hector heidi helen henry holly hugo ian ibrahim ida imani irene iris irma isaac isabel isabella isaiah ivan jack jackie jacob jacqueline jaime jake jamal james jamie jane janet janice jared jasmine jason javier jay jean jeff jeffery jeffrey jenna jennifer jenny jeremiah jeremy jerome jerry jesse jessica jesus jill jim jimmy jo joan joann joanna joanne jocelyn jodi joe joel joey john johnny jon jonathan jorge jose joseph josephine josh joshua josue joy joyce juan juanita judith judy julia julian julie julio justin " +
	"karen karina karl karla kate katherine kathleen kathryn kathy katie katrina kayla keith kelly kelsey ken kendra kenneth kevin khadija kim kimberly kirk krista kristen kristin kristina kristy kyle ladonna larry latoya laura lauren laurie leah leon leonard leonardo leroy leslie leticia liam lidia lillian lily linda lindsay lindsey lisa logan lois loretta lori lorraine louis louise lucas lucia lucy luis lupe luz lydia lynn mackenzie madeline madison malik mandy manuel marc marcia marco marcos marcus margaret margarita maria mariah mariana marie marilyn mario marisol marissa mark marlene marsha marta martha mary mateo matt matthew maureen maurice maxwell megan mei meghan melanie melinda melissa melody melvin mercedes meredith mia micah michael michaela michele michelle miguel mike mildred mindy miranda misty mohamed mohammed molly monica monique muhammad " +
	"nadia nancy naomi natalia natalie natasha nathan nathaniel nicholas nick nicole nikki nina noah noemi nora norma octavio olga olivia omar oscar pablo paige pam pamela patrice patricia patrick patty paula pauline pedro peggy penny peter phil philip phillip phyllis priscilla priya rachel rafael ralph ramon ramona randall randy raquel raul raymond rebecca regina rene renee rhonda ricardo richard rick ricky rita rob robert roberta roberto robin rocio rodney roger roland ron ronald ronnie rosa rosario rosemary roxanne ruben ruby russell ruth ryan " +
	"sabrina sally salvador sam samantha samuel sandra sandy santiago sara sarah savannah sean sebastian sergio seth shane shannon sharon shaun shawn sheila shelby shelly sherri sherry shirley sierra silvia simone sofia sonia sophia stacey stacy stan stanley stefanie stephanie stephen steve steven stuart sue susan suzanne sydney sylvia tabitha tamara tammy tanya tara tasha ted teresa terrance terri terry thelma theodore theresa tiffany tim timothy tina todd tom tommy toni tony tonya tracey traci tracy travis trevor tricia trina tristan troy tyler tyrone valentina valeria valerie vanessa vera veronica vicki vicky victor victoria vincent viola virginia vivian wanda wayne wendy wesley whitney william willie xavier yesenia yolanda yusuf yvette yvonne zachary zoe "
