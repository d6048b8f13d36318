package column

import "math"

// assign gives each row of the matrix at most one column and each column at most one row so that the sum is greatest
// (the Hungarian method with potentials). Entries of zero are never assigned. The answer holds -1 where there is none.
func assign(gain [][]float64) []int {
	n := len(gain)
	if n == 0 {
		return nil
	}
	m := len(gain[0])
	size := max(n, m)
	cost := func(i, j int) float64 {
		if i < n && j < m {
			return -gain[i][j]
		}
		return 0
	}
	u, v := make([]float64, size+1), make([]float64, size+1)
	match := make([]int, size+1) // row of each column, from 1
	way := make([]int, size+1)
	for i := 1; i <= size; i++ {
		match[0] = i
		j0 := 0
		least := make([]float64, size+1)
		used := make([]bool, size+1)
		for j := range least {
			least[j] = math.Inf(1)
		}
		for {
			used[j0] = true
			i0, delta, j1 := match[j0], math.Inf(1), 0
			for j := 1; j <= size; j++ {
				if used[j] {
					continue
				}
				if cur := cost(i0-1, j-1) - u[i0] - v[j]; cur < least[j] {
					least[j], way[j] = cur, j0
				}
				if least[j] < delta {
					delta, j1 = least[j], j
				}
			}
			for j := 0; j <= size; j++ {
				if used[j] {
					u[match[j]] += delta
					v[j] -= delta
				} else {
					least[j] -= delta
				}
			}
			if j0 = j1; match[j0] == 0 {
				break
			}
		}
		for j0 != 0 {
			match[j0] = match[way[j0]]
			j0 = way[j0]
		}
	}
	out := make([]int, n)
	for i := range out {
		out[i] = -1
	}
	for j := 1; j <= m; j++ {
		if i := match[j] - 1; i >= 0 && i < n && gain[i][j-1] > 0 {
			out[i] = j - 1
		}
	}
	return out
}
