package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"hearth"
	"hearth/internal/base/channel"
	"hearth/internal/base/db"
	"hearth/internal/sim/world"
)

// Demo is what the file demo.json in a data directory says: that its community is generated, and how.
type Demo struct {
	Community string    `json:"community"`
	Units     int       `json:"units"`
	Seed      uint64    `json:"seed"`
	From      string    `json:"from"` // the first day of its history
	Made      time.Time `json:"made"` // when its history ends
	Events    int       `json:"events"`
}

// Names in and beside the data directory of a demo.
const (
	demoFile       = "demo.json"
	unfinishedFile = "unfinished-demo" // in a directory that a demo is being made in
	newSuffix      = ".new"            // of that directory
)

// FindDemo reads what demo the directory holds. false: it is empty or not there, so that one can be made in it. It fails
// with CodeConflict for a directory with something else in it.
func FindDemo(dir string) (Demo, bool, error) {
	var d Demo
	raw, err := os.ReadFile(filepath.Join(dir, demoFile))
	if err == nil {
		if err := json.Unmarshal(raw, &d); err != nil {
			return d, false, hearth.Errorf(hearth.CodeConflict, "The file %s can't be read: %w. Name another directory.", filepath.Join(dir, demoFile), err)
		}
		return d, true, nil
	}
	list, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return d, false, nil
	case err != nil:
		return d, false, hearth.Errorf(hearth.CodeInvalid, "The directory %s can't be read: %w.", dir, err)
	case len(list) > 0:
		return d, false, hearth.Errorf(hearth.CodeConflict, "The directory %s holds something that is no demo (%s). Name an empty directory, or one that does not exist yet.",
			dir, list[0].Name())
	}
	return d, false, nil
}

// historyDays is how long a demo's history is.
const historyDays = 365

// MakeDemo generates a community with a year of history that ends now, in the directory, which FindDemo found free. It
// appears there whole or not at all: until it is done, it lies beside, in a directory that is removed when the making is
// broken off.
func MakeDemo(ctx context.Context, dir string, units int, seed uint64, now time.Time, progress func(day hearth.Day, done float64)) (d Demo, err error) {
	place, err := world.New(world.Config{Units: 1, Seed: seed, Start: 1})
	if err != nil {
		return d, err
	}
	today := hearth.DayOf(now, place.Property().Zone)
	part := filepath.Clean(dir) + newSuffix
	if err := beginDemo(part); err != nil {
		return d, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(part))
		}
	}()
	run := Run{Units: units, Seed: seed, Start: today - historyDays, Days: historyDays + 1, Until: now.Truncate(time.Millisecond), Step: demoStep,
		Fine: today - demoFineDays, Grain: demoGrain, Silent: true, Progress: progress}
	res, err := Live(ctx, Options{Dir: part}, run)
	if err != nil {
		return d, err
	}
	d = Demo{Community: res.Community, Units: units, Seed: seed, From: run.Start.String(), Made: run.Until.UTC(), Events: res.Events}
	return d, finishDemo(part, dir, d)
}

// demoStep gathers more than a run does by itself, because somebody waits for it; the last weeks, which the first page
// shows, happen to the minute.
const (
	demoStep     = 6 * time.Hour
	demoFineDays = 14
	demoGrain    = time.Hour
)

// beginDemo makes the directory, in place of one that an earlier making left when its process was killed.
func beginDemo(part string) error {
	if _, err := os.Stat(part); err == nil {
		if err := removeUnfinished(part); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(part, 0o700); err != nil {
		return hearth.Errorf(hearth.CodeInvalid, "The directory %s can't be made: %w.", part, err)
	}
	return os.WriteFile(filepath.Join(part, unfinishedFile), []byte("Hearth is making a demo here.\n"), 0o600)
}

func removeUnfinished(part string) error {
	if _, err := os.Stat(filepath.Join(part, unfinishedFile)); err != nil {
		return hearth.Errorf(hearth.CodeConflict, "The directory %s is in the way. Move it, or name another directory for the demo.", part)
	}
	// Whoever makes a demo holds its journal.
	j, _, err := channel.OpenJournal(filepath.Join(part, journalFile), 1)
	if hearth.CodeOf(err) == hearth.CodeConflict {
		return hearth.Errorf(hearth.CodeConflict, "Another Hearth is making a demo in %s. Wait for it, or name another directory.", part)
	}
	if err == nil {
		err = j.Close()
	}
	return errors.Join(err, os.RemoveAll(part))
}

// finishDemo puts the directory in its place. What was written without a sync is on disk before.
func finishDemo(part, dir string, d Demo) error {
	raw, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return fmt.Errorf("describe the demo: %w", err)
	}
	if err := os.WriteFile(filepath.Join(part, demoFile), append(raw, '\n'), 0o600); err != nil {
		return fmt.Errorf("describe the demo: %w", err)
	}
	for _, name := range []string{unfinishedFile, journalFile} {
		if err := os.Remove(filepath.Join(part, name)); err != nil {
			return fmt.Errorf("tidy up the demo: %w", err)
		}
	}
	f, err := os.Open(filepath.Join(part, db.FileName))
	if err != nil {
		return fmt.Errorf("finish the demo: %w", err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("finish the demo: %w", err)
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) { // an empty directory is fine
		return hearth.Errorf(hearth.CodeConflict, "The directory %s is no longer empty: %w.", dir, err)
	}
	return os.Rename(part, dir)
}
