package assign

import (
	"context"
	"sync"

	"hearth"
	"hearth/internal/base/db"
)

// known keeps who works at which property, and its hours, for as long as the version of the team is the same.
type known struct {
	mu      sync.Mutex
	version map[string]string // by organization: what is kept of it belongs to this version
	sites   map[knownKey]situation
}

type knownKey struct {
	org      string
	property hearth.PropertyID
}

// maxKnown bounds the properties that are kept; a person on a team takes about 1 kB.
const maxKnown = 1024

func (k *known) get(key knownKey, version string) (situation, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if have, ok := k.version[key.org]; !ok || have != version {
		return situation{}, false
	}
	sit, ok := k.sites[key]
	return sit, ok
}

func (k *known) put(key knownKey, version string, sit situation) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.version[key.org] != version || len(k.sites) >= maxKnown || k.sites == nil {
		k.version, k.sites = map[string]string{key.org: version}, map[knownKey]situation{}
	}
	k.version[key.org] = version
	k.sites[key] = sit
}

// team gives who works at the property, and its hours, as of a version of the team that was read before in the same transaction.
// The people are for reading only: other rounds have the same.
func (s *Assigner) team(ctx context.Context, tx *db.Tx, property hearth.PropertyID, version string) (*site, error) {
	key := knownKey{tx.Org(), property}
	sit, ok := s.known.get(key, version)
	if !ok {
		var err error
		if sit, err = s.readTeam(ctx, tx, property); err != nil {
			return nil, err
		}
		s.known.put(key, version, sit)
	}
	sit.now, sit.load = tx.Now(), map[hearth.Day]map[hearth.StaffID]int{}
	return &site{situation: sit, gave: map[hearth.Day]map[hearth.StaffID]int{}}, nil
}

func (s *Assigner) readTeam(ctx context.Context, tx *db.Tx, property hearth.PropertyID) (situation, error) {
	p, err := s.records.Property(ctx, tx, property)
	if err != nil {
		return situation{}, err
	}
	zone, err := p.Location()
	if err != nil {
		return situation{}, err
	}
	team, err := s.records.StaffAt(ctx, tx, property)
	return situation{name: p.Name, settings: p.Settings, zone: zone, team: team}, err
}
