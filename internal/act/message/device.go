package message

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/channel"
	"hearth/internal/base/channel/webhook"
	"hearth/internal/base/channel/webpush"
	"hearth/internal/base/db"
)

// Device is a browser that a resident lets us notify.
type Device struct {
	channel.Device
	Resident hearth.ResidentID
	Label    string // what the resident calls it
	Made     time.Time
	MadeBy   string
	Fault    string // what its service said the last time it refused a notification; "" if it never did
	FaultAt  time.Time
}

// maxDevices is how many browsers a resident can have at once: the oldest gives way.
const maxDevices = 10

const (
	deviceColumns = `id, endpoint, p256dh, auth, resident, label, made, made_by, fault, fault_at`
	devicesSQL    = `SELECT ` + deviceColumns + ` FROM push_devices WHERE org = $1 AND resident = $2 ORDER BY made, id`
	putDeviceSQL  = `INSERT INTO push_devices (org, id, resident, endpoint, p256dh, auth, label, made, made_by, fault, fault_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', 0) ON CONFLICT (org, id) DO UPDATE SET resident = excluded.resident, p256dh = excluded.p256dh,
auth = excluded.auth, label = excluded.label, made = excluded.made, made_by = excluded.made_by, fault = '', fault_at = 0`
	faultSQL   = `UPDATE push_devices SET fault = $1, fault_at = $2 WHERE org = $3 AND id = $4`
	forgetSQL  = `DELETE FROM push_devices WHERE org = $1 AND `
	notifySQL  = `SELECT DISTINCT resident FROM push_devices WHERE org = $1 AND (fault = '' OR fault_at < $2) AND `
	pushKey    = "message.push_key"
	encodedKey = 2 * 65
)

// Subscription is what a browser gave the page on which a resident let us notify them (the Push API's PushSubscription).
type Subscription struct {
	Endpoint, P256dh, Auth string // P256dh and Auth in base64url, with or without padding
	Label                  string
}

// Subscribe keeps a browser of a resident's, and gives it. The same endpoint again takes the place of what was kept of it, also
// under another resident: whoever subscribed last reads it. It fails with CodeInvalid for keys that are none, and for an endpoint
// inside the house.
func (s *Store) Subscribe(ctx context.Context, tx *db.Tx, actor hearth.Actor, who hearth.ResidentID, guard *webhook.Guard, in Subscription) (Device, error) {
	if _, err := guard.URL(in.Endpoint); err != nil {
		return Device{}, hearth.FieldErrorf("endpoint", "The endpoint is not one of a push service on the Internet: it should begin with https:// and lead outside.")
	}
	p256dh, err := decode64(in.P256dh)
	if err != nil {
		return Device{}, hearth.FieldErrorf("p256dh", "The key p256dh is not base64url.")
	}
	auth, err := decode64(in.Auth)
	if err != nil {
		return Device{}, hearth.FieldErrorf("auth", "The secret auth is not base64url.")
	}
	if err := webpush.CheckDevice(p256dh, auth); err != nil {
		return Device{}, err
	}
	d := Device{Device: channel.Device{ID: hearth.DeriveID("dev_", in.Endpoint), Endpoint: in.Endpoint, P256dh: p256dh, Auth: auth}, Resident: who,
		Label: in.Label, Made: tx.Now(), MadeBy: actor.String()}
	enc := base64.RawURLEncoding
	_, err = tx.Exec(ctx, putDeviceSQL, tx.Org(), d.ID, who, d.Endpoint, enc.EncodeToString(p256dh), enc.EncodeToString(auth), d.Label, d.Made, d.MadeBy)
	if err != nil {
		return Device{}, fmt.Errorf("keep a device of %s: %w", who, err)
	}
	all, err := s.Devices(ctx, tx, who)
	if err != nil || len(all) <= maxDevices {
		return d, err
	}
	var old []string
	for _, x := range all[:len(all)-maxDevices] {
		old = append(old, x.ID)
	}
	return d, forget(ctx, tx, old)
}

// decode64 reads base64url as browsers and programs write it.
func decode64(s string) ([]byte, error) {
	if len(s) > encodedKey {
		return nil, hearth.Errorf(hearth.CodeInvalid, "It is too long.")
	}
	return base64.RawURLEncoding.DecodeString(strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(s, "=")))
}

// Devices gives a resident's browsers, the oldest first.
func (s *Store) Devices(ctx context.Context, tx *db.Tx, who hearth.ResidentID) ([]Device, error) {
	rows, err := tx.Query(ctx, devicesSQL, tx.Org(), who)
	if err != nil {
		return nil, fmt.Errorf("read the devices of %s: %w", who, err)
	}
	defer rows.Close()
	var out []Device
	for rows.Next() {
		var d Device
		var p256dh, auth string
		if err := rows.Scan(&d.ID, &d.Endpoint, &p256dh, &auth, &d.Resident, &d.Label, &d.Made, &d.MadeBy, &d.Fault, &d.FaultAt); err != nil {
			return nil, fmt.Errorf("read the devices of %s: %w", who, err)
		}
		if d.P256dh, err = decode64(p256dh); err != nil {
			return nil, fmt.Errorf("read the device %s: %w", d.ID, err)
		}
		if d.Auth, err = decode64(auth); err != nil {
			return nil, fmt.Errorf("read the device %s: %w", d.ID, err)
		}
		out = append(out, d)
	}
	return out, rows.Err()
}

// ForgetDevice forgets a browser of a resident's. It fails with CodeNotFound if they have none of that id.
func (s *Store) ForgetDevice(ctx context.Context, tx *db.Tx, who hearth.ResidentID, id string) error {
	n, err := tx.Exec(ctx, forgetSQL+"resident = $2 AND id = $3", tx.Org(), who, id)
	if err != nil {
		return fmt.Errorf("forget a device of %s: %w", who, err)
	}
	if n == 0 {
		return hearth.Errorf(hearth.CodeNotFound, "They have no such device; perhaps it is forgotten already.")
	}
	return nil
}

func forget(ctx context.Context, tx *db.Tx, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	slices.Sort(ids) // rows are locked in one order
	in, arg := tx.In("id", 2, ids)
	if _, err := tx.Exec(ctx, forgetSQL+in, tx.Org(), arg); err != nil {
		return fmt.Errorf("forget %d devices: %w", len(ids), err)
	}
	return nil
}

// restAfterFault is how long a browser whose service refused a notification is no way: what it refused takes another one, and would
// come back to it at once.
const restAfterFault = 24 * time.Hour

// WithDevices tells which of the residents have a browser that may be notified, and whose service takes what we send.
func (s *Store) WithDevices(ctx context.Context, tx *db.Tx, who []hearth.ResidentID) (map[hearth.ResidentID]bool, error) {
	out := map[hearth.ResidentID]bool{}
	if len(who) == 0 {
		return out, nil
	}
	in, arg := tx.In("resident", 3, names(who))
	rows, err := tx.Query(ctx, notifySQL+in, tx.Org(), tx.Now().Add(-restAfterFault), arg)
	if err != nil {
		return nil, fmt.Errorf("look for the devices of %d residents: %w", len(who), err)
	}
	defer rows.Close()
	for rows.Next() {
		var id hearth.ResidentID
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("look for the devices of %d residents: %w", len(who), err)
		}
		out[id] = true
	}
	return out, rows.Err()
}

// PushKey gives the installation's own key for push services, made the first time it is asked for: a browser's subscription is
// good for one key only.
func (s *Store) PushKey(ctx context.Context, d *db.DB) (*webpush.Key, error) {
	text := ""
	read := func(tx *db.Tx) error { return tx.Row(ctx, selectKeySQL, tx.Org(), pushKey).Scan(&text) }
	err := d.Read(ctx, read)
	if errors.Is(err, db.ErrNotFound) {
		err = d.Write(ctx, func(tx *db.Tx) error {
			s.randomMu.Lock()
			raw, err := webpush.MakeKey(s.random)
			s.randomMu.Unlock()
			if err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, insertKeySQL, tx.Org(), pushKey, hex.EncodeToString(raw)); err != nil {
				return err
			}
			return read(tx) // another node may have been first
		})
	}
	if err != nil {
		return nil, fmt.Errorf("key of notifications: %w", err)
	}
	raw, err := hex.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("key of notifications: %w", err)
	}
	return webpush.ReadKey(raw)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
