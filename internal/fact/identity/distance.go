package identity

// osa is the number of letters to insert, delete, exchange or swap with their neighbour to make b from a: the optimal
// string alignment distance. It stops counting above limit and then gives limit+1.
func osa(a, b string, limit int) int {
	if a == b {
		return 0
	}
	if d := len(a) - len(b); d > limit || -d > limit || len(a) > maxWord || len(b) > maxWord {
		return limit + 1
	}
	var rows [3][maxWord + 1]int
	before, last, now := &rows[0], &rows[1], &rows[2]
	for j := 0; j <= len(b); j++ {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		now[0] = i
		best := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(last[j]+1, now[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, before[j-2]+1)
			}
			now[j] = d
			best = min(best, d)
		}
		if best > limit {
			return limit + 1
		}
		before, last, now = last, now, before
	}
	return min(last[len(b)], limit+1)
}

// maxWord is the longest word, in bytes, that distances are counted for; longer ones are equal or different.
const maxWord = 64

// jaroWinkler is how alike two words are, from 0 to 1: letters in common, in nearly the same order, with weight on an
// equal beginning. Words longer than maxWord are alike only if they are equal.
func jaroWinkler(a, b string) float64 {
	if a == b {
		return 1
	}
	if len(a) == 0 || len(b) == 0 || len(a) > maxWord || len(b) > maxWord {
		return 0
	}
	window := max(max(len(a), len(b))/2-1, 0)
	var inA, inB [maxWord]bool
	common := 0
	for i := range len(a) {
		for j := max(0, i-window); j < min(len(b), i+window+1); j++ {
			if !inB[j] && a[i] == b[j] {
				inA[i], inB[j] = true, true
				common++
				break
			}
		}
	}
	if common == 0 {
		return 0
	}
	moved, j := 0, 0
	for i := range len(a) {
		if !inA[i] {
			continue
		}
		for !inB[j] {
			j++
		}
		if a[i] != b[j] {
			moved++
		}
		j++
	}
	m := float64(common)
	jaro := (m/float64(len(a)) + m/float64(len(b)) + (m-float64(moved/2))/m) / 3
	same := 0
	for same < min(4, len(a), len(b)) && a[same] == b[same] {
		same++
	}
	return jaro + float64(same)*0.1*(1-jaro)
}

// sound is a word's Soundex code, "" for a word without letters of the Latin alphabet.
func sound(word string) string {
	const codes = "01230120022455012623010202" // of a to z; 0 is not coded
	var out [4]byte
	n := 0
	var last byte
	for i := 0; i < len(word) && n < 4; i++ {
		c := word[i]
		if c < 'a' || c > 'z' {
			continue
		}
		code := codes[c-'a']
		switch {
		case n == 0:
			out[0], n = c, 1
		case code != '0' && code != last:
			out[n] = code
			n++
		}
		if c != 'h' && c != 'w' {
			last = code
		}
	}
	if n == 0 {
		return ""
	}
	for ; n < 4; n++ {
		out[n] = '0'
	}
	return string(out[:])
}
