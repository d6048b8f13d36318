package record

import (
	"strconv"
	"strings"
)

// StateCode gives the two letters of a state or territory of the United States, written in letters or in full; "" for
// anything else.
func StateCode(s string) string { return stateCode(s) }

// stateCode gives the two letters of a state or territory of the United States, written in letters or in full; ""
// for anything else.
func stateCode(s string) string {
	key := NameKey(s)
	for _, code := range []string{strings.ToUpper(strings.TrimSpace(s)), strings.ToUpper(key)} { // to a name's key, MS is a title
		if main, _, _ := stateZone(code); len(code) == 2 && main != "" {
			return code
		}
	}
	for _, line := range strings.Split(stateNames, "\n") {
		if code, name, _ := strings.Cut(line, " "); name == key && key != "" {
			return code
		}
	}
	return ""
}

// stateOfZip gives the state that a postal area belongs to, "" when unknown.
func stateOfZip(prefix string) string {
	n, err := strconv.Atoi(prefix)
	if err != nil {
		return ""
	}
	for _, line := range strings.Split(zipRanges, "\n") {
		f := strings.Fields(line)
		from, errFrom := strconv.Atoi(f[0])
		to, errTo := strconv.Atoi(f[1])
		if errFrom == nil && errTo == nil && from <= n && n <= to {
			return f[2]
		}
	}
	return ""
}

const stateNames = `AL alabama
AK alaska
AS american samoa
AZ arizona
AR arkansas
CA california
CO colorado
CT connecticut
DE delaware
DC district of columbia
FL florida
GA georgia
GU guam
HI hawaii
ID idaho
IL illinois
IN indiana
IA iowa
KS kansas
KY kentucky
LA louisiana
ME maine
MD maryland
MA massachusetts
MI michigan
MN minnesota
MS mississippi
MO missouri
MT montana
NE nebraska
NV nevada
NH new hampshire
NJ new jersey
NM new mexico
NY new york
NC north carolina
ND north dakota
MP northern mariana islands
OH ohio
OK oklahoma
OR oregon
PA pennsylvania
PR puerto rico
RI rhode island
SC south carolina
SD south dakota
TN tennessee
TX texas
UT utah
VT vermont
VI virgin islands
VA virginia
WA washington
WV west virginia
WI wisconsin
WY wyoming`

// zipRanges lists postal areas (first three digits) from, to and state. Areas within a range that belong elsewhere
// stand before it.
const zipRanges = `6 7 PR
8 8 VI
9 9 PR
10 27 MA
28 29 RI
30 38 NH
39 49 ME
50 54 VT
55 55 MA
56 59 VT
63 63 NY
60 69 CT
70 89 NJ
5 5 NY
100 149 NY
150 196 PA
197 199 DE
200 200 DC
201 201 VA
202 205 DC
206 219 MD
220 246 VA
247 268 WV
270 289 NC
290 299 SC
300 319 GA
398 399 GA
320 349 FL
350 369 AL
370 385 TN
386 397 MS
400 427 KY
430 459 OH
460 479 IN
480 499 MI
500 528 IA
530 549 WI
550 567 MN
570 577 SD
580 588 ND
590 599 MT
600 629 IL
630 658 MO
660 679 KS
680 693 NE
700 714 LA
716 729 AR
730 732 OK
733 733 TX
734 749 OK
750 799 TX
885 885 TX
800 816 CO
820 831 WY
832 838 ID
840 847 UT
850 865 AZ
870 884 NM
889 898 NV
900 961 CA
967 968 HI
969 969 GU
970 979 OR
980 994 WA
995 999 AK`
