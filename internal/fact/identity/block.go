package identity

import (
	"cmp"
	"slices"
)

// maxBlock is the largest group of records that are compared with each other for having one key in common: what more
// share says too little, and true pairs share other keys.
const maxBlock = 100

// blockKeys gives the keys under which the record looks for others: two records with none in common are not compared.
func (s *Scorer) blockKeys(e *entry) []uint64 {
	var keys []uint64
	add := func(kind byte, parts ...string) {
		for _, p := range parts {
			if p == "" {
				return
			}
		}
		if k := hash(kind, parts); !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	for _, p := range e.phones {
		add('p', p)
	}
	for _, m := range e.emails {
		add('e', m)
		add('l', localOf(m))
	}
	add('u', e.unit)
	add('b', e.birth)
	x, y := e.soundFirst, e.soundIn
	add('n', min(x, y), max(x, y)) // whichever stands first
	if e.birth != "" {
		add('y', x, e.birth[:4])
		add('m', y, e.birth[:6])
		add('d', y, e.birth[4:])
		add('f', x, e.birth[4:])
	}
	add('z', e.number, e.zip)
	add('s', e.number, e.street)
	add('t', e.street, x)
	add('g', x, e.place)
	add('h', y, e.place)
	if len(e.last) > 0 && len(e.canon) > 1 {
		add('w', e.lastAll, e.canon[:1])
	}
	for _, w := range e.last {
		if len(e.last) > 1 || len(w) > 4 {
			add('c', w, e.canon)
		}
	}
	slices.Sort(keys)
	return keys
}

func localOf(mail string) string {
	for i := range len(mail) {
		if mail[i] == '@' {
			if i < 5 {
				return ""
			}
			return mail[:i]
		}
	}
	return ""
}

// hash is 64-bit FNV-1a over kind and parts.
func hash(kind byte, parts []string) uint64 {
	const offset, prime = 14695981039346656037, 1099511628211
	h := (uint64(offset) ^ uint64(kind)) * prime
	for _, p := range parts {
		for i := range len(p) {
			h = (h ^ uint64(p[i])) * prime
		}
		h *= prime
	}
	return h
}

type posting struct {
	key uint64
	at  int32
}

// candidates calls found once for each pair worth comparing, in a fixed order.
func candidates(people []*entry, found func(a, b int32)) {
	posts := make([]posting, 0, len(people)*8)
	for i, e := range people {
		for _, k := range e.keys {
			posts = append(posts, posting{k, int32(i)}) //nolint:gosec // fewer than 2^31 records
		}
	}
	slices.SortFunc(posts, func(a, b posting) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.at, b.at)) })
	large := map[uint64]bool{}
	eachBlock(posts, func(block []posting) {
		if len(block) > maxBlock {
			large[block[0].key] = true
		}
	})
	eachBlock(posts, func(block []posting) {
		if len(block) > maxBlock {
			return
		}
		for i, a := range block {
			for _, b := range block[i+1:] {
				if firstShared(people[a.at].keys, people[b.at].keys, large) == a.key {
					found(a.at, b.at)
				}
			}
		}
	})
}

func eachBlock(posts []posting, f func([]posting)) {
	for i := 0; i < len(posts); {
		j := i + 1
		for j < len(posts) && posts[j].key == posts[i].key {
			j++
		}
		if j-i > 1 {
			f(posts[i:j])
		}
		i = j
	}
}

// firstShared is the smallest key that both lists hold, large ones aside: a pair is compared in that block alone.
func firstShared(a, b []uint64, large map[uint64]bool) uint64 {
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] < b[j]:
			i++
		case a[i] > b[j]:
			j++
		default:
			if len(large) == 0 || !large[a[i]] {
				return a[i]
			}
			i++
			j++
		}
	}
	return 0
}
