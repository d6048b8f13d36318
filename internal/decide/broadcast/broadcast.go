package broadcast

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/decide/desk"
	"hearth/internal/fact/record"
)

// State is where a broadcast stands.
type State string

// The states. A draft can be changed by making another; the others go on by themselves or end.
const (
	Draft     State = "draft"
	Asked     State = "asked"     // sent by one person, and waits for a second one's yes
	Gathering State = "gathering" // everybody who is meant is being written down
	Running   State = "running"
	Stopped   State = "stopped"
	Done      State = "done" // everybody was put to the desk; what it held goes on by itself
)

// Ended tells whether nobody else will be put to the desk.
func (s State) Ended() bool { return s == Stopped || s == Done }

// Text is what is said, in one language.
type Text = desk.Wording

// Plan is what somebody wants to say to many.
type Plan struct {
	Property hearth.PropertyID
	Title    string       // for the team
	Class    hearth.Class // not an answer: nobody has asked
	// Purpose is what consent and repetition go by; "" is "broadcast.ID", a purpose of its own.
	Purpose  string
	Why      string // a sentence for the team; "" says who sends it
	Channel  hearth.Channel
	Audience Audience
	Texts    map[string]Text // by language; "en" is required
	// Needs lists the facts that the text cannot do without, each with what stands in for it by language, as in templates.
	Needs   map[string]map[string]string
	About   time.Time // when the thing happens that it is about; zero: nothing in particular
	Expires time.Time // after this it is no use any more; zero: by class
}

// Broadcast is a plan on its way.
type Broadcast struct {
	ID       string
	Joint    string // names the whole that goes to several properties; "": it is for one
	Property hearth.PropertyID
	Title    string
	Template string // the stored text
	Class    hearth.Class
	Channel  hearth.Channel
	Audience Audience
	About    time.Time
	Expires  time.Time
	State    State
	People   int // who is meant, once it was sent
	Next     int // how many of them were put to the desk

	Made, Started, Ended time.Time
	MadeBy               hearth.Actor
	AskedBy              hearth.Actor // who sent it
	ApprovedBy           hearth.Actor // the second person
	StoppedBy            hearth.Actor
}

// Members gives who is in a segment at a property now.
type Members func(ctx context.Context, segment string, property hearth.PropertyID) ([]hearth.ResidentID, error)

// ViewsOf gives the signals of residents, for a look that decides nothing.
type ViewsOf func(ctx context.Context, tx *db.Tx, ids []hearth.ResidentID) (desk.Views, error)

// Deps is what broadcasts work with. All fields are required.
type Deps struct {
	DB       *db.DB
	Records  *record.Store
	Messages *message.Store
	Desk     *desk.Desk
	Members  Members
	Views    ViewsOf
	NewID    func() (string, error) // a random identity
	Over     int                    // above how many people a second person has to agree
	Cost     func(parts int) string // what so many parts of text messages cost; "" where it is not known
}

// Service makes, foretells, sends and stops broadcasts. It is safe for concurrent use.
type Service struct{ Deps }

// New makes the service.
func New(d Deps) *Service { return &Service{d} }

// Make stores a draft. It fails with CodeInvalid, naming the field, for a plan that could not be sent: an unknown
// property, building, floor or segment, a class that nobody may broadcast, a text that the check of templates refuses.
func (s *Service) Make(ctx context.Context, actor hearth.Actor, p Plan) (Broadcast, error) {
	if err := p.check(); err != nil {
		return Broadcast{}, err
	}
	if _, err := s.whom(ctx, p.Property, p.Audience); err != nil {
		return Broadcast{}, err
	}
	id, err := s.NewID()
	if err != nil {
		return Broadcast{}, fmt.Errorf("new identity: %w", err)
	}
	b := Broadcast{ID: id, Property: p.Property, Title: p.Title, Class: p.Class, Channel: p.Channel, Audience: p.Audience,
		About: p.About, Expires: p.Expires, State: Draft, MadeBy: actor}
	raw, err := p.template(id, actor)
	if err != nil {
		return b, err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := late(p.Expires, tx.Now()); err != nil {
			return err
		}
		t, err := s.keep(ctx, tx, actor, raw)
		if err != nil {
			return err
		}
		b.Template, b.Made = t.ID, tx.Now()
		return insert(ctx, tx, b)
	})
	return b, err
}

// keep stores the text. What the check says of it is about the words of whoever writes, and not about a template whose name they never saw.
func (s *Service) keep(ctx context.Context, tx *db.Tx, actor hearth.Actor, raw []byte) (*desk.Template, error) {
	t, err := s.Desk.Keep(ctx, tx, actor, raw)
	if at := (*desk.Refused)(nil); errors.As(err, &at) {
		return nil, hearth.FieldErrorf("texts", "%s", at.Sentence)
	}
	if hearth.CodeOf(err) == hearth.CodeInvalid { // it could not even be read
		return nil, hearth.FieldErrorf("texts", "%s", hearth.MessageOf(err))
	}
	return t, err
}

// late refuses what is of no use any more: the desk would drop it for everybody.
func late(expires, now time.Time) error {
	if expires.IsZero() || expires.After(now) {
		return nil
	}
	return hearth.FieldErrorf("expires", "It was of use only until a time that is over. Write it anew with a later one; nothing was sent.")
}

// templateOf names the template of a broadcast's text.
func templateOf(id string) string {
	return "broadcast-" + strings.ToLower(strings.TrimPrefix(id, idPrefix))
}

const (
	maxTitle = 120
	maxBody  = 20_000 // bytes of one text
)

// aWay tells whether there is such a way; "" is each one's own.
func aWay(c hearth.Channel) bool {
	switch c {
	case "", hearth.ChannelEmail, hearth.ChannelSMS, hearth.ChannelPortal, hearth.ChannelPush, hearth.ChannelLetter, hearth.ChannelCall:
		return true
	}
	return false
}

func (p *Plan) check() error {
	if err := p.Audience.check(); err != nil {
		return err
	}
	switch {
	case p.Property == "":
		return hearth.FieldErrorf("property", "Say which property it is for.")
	case strings.TrimSpace(p.Title) == "" || len(p.Title) > maxTitle:
		return hearth.FieldErrorf("title", "Give it a title of at most %d letters, for the team.", maxTitle)
	case !p.Class.Valid():
		return hearth.FieldErrorf("class", "There is no message class %q.", p.Class)
	case p.Class == hearth.ClassAnswer:
		return hearth.FieldErrorf("class", "An answer is for the one who asked; this is for many. Choose service, or what else it is.")
	case !aWay(p.Channel):
		return hearth.FieldErrorf("channel", "There is no way %q. There are email, sms, portal, push, letter and call; left out, each gets it by their own.", p.Channel)
	case p.Texts["en"].Body == "":
		return hearth.FieldErrorf("texts", "Write the English text; other languages stand beside it.")
	}
	for lang, t := range p.Texts {
		if len(t.Subject)+len(t.Body)+len(t.Short) > maxBody {
			return hearth.FieldErrorf("texts", "The text in %q is longer than %d letters.", lang, maxBody)
		}
	}
	return nil
}

// template writes the plan's text as a template.
func (p *Plan) template(id string, actor hearth.Actor) ([]byte, error) {
	name := templateOf(id)
	t := map[string]any{"id": name, "title": p.Title, "class": string(p.Class), "purpose": p.Purpose, "why": p.Why, "languages": p.Texts, "needs": p.Needs}
	if p.Purpose == "" {
		t["purpose"] = "broadcast." + name[len("broadcast-"):]
	}
	if p.Why == "" {
		t["why"] = "Sent to many at once by " + actor.Name + "."
		if actor.Name == "" {
			t["why"] = "Sent to many at once."
		}
	}
	texts := map[string]map[string]string{}
	for lang, w := range p.Texts {
		texts[lang] = map[string]string{"subject": w.Subject, "body": w.Body, "short": w.Short}
	}
	t["languages"] = texts
	raw, err := json.Marshal(t) // every JSON text is YAML too
	if err != nil {
		return nil, fmt.Errorf("write template of %s: %w", id, err)
	}
	return raw, nil
}

const idPrefix = "brd_"

const columns = `id, property, title, template, class, channel, audience, about, expires, state, people, next, made, made_by, asked_by,
approved_by, stopped_by, started, ended, joint`

const insertSQL = `INSERT INTO broadcasts (org, ` + columns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, 0, $12, $13, '', '', '', 0, 0, $14)`

func insert(ctx context.Context, tx *db.Tx, b Broadcast) error {
	audience, err := json.Marshal(b.Audience)
	if err != nil {
		return fmt.Errorf("write audience: %w", err)
	}
	_, err = tx.Exec(ctx, insertSQL, tx.Org(), b.ID, string(b.Property), b.Title, b.Template, string(b.Class), string(b.Channel), string(audience),
		hearth.Millis(b.About), hearth.Millis(b.Expires), string(b.State), hearth.Millis(b.Made), b.MadeBy.String(), b.Joint)
	if err != nil {
		return fmt.Errorf("write broadcast %s: %w", b.ID, err)
	}
	return nil
}

const getSQL = `SELECT ` + columns + ` FROM broadcasts WHERE org = $1 AND id = $2`

// Get reads a broadcast. It fails with CodeNotFound when there is none.
func Get(ctx context.Context, tx *db.Tx, id string) (Broadcast, error) {
	b, err := scan(tx.Row(ctx, getSQL, tx.Org(), id))
	if errors.Is(err, db.ErrNotFound) {
		return b, hearth.Errorf(hearth.CodeNotFound, "There is no broadcast %q.", id)
	}
	if err != nil {
		return b, fmt.Errorf("read broadcast %s: %w", id, err)
	}
	return b, nil
}

func scan(r interface{ Scan(dest ...any) error }) (Broadcast, error) {
	var b Broadcast
	var audience, madeBy, askedBy, approvedBy, stoppedBy string
	var about, expires, people, next, made, started, ended int64
	err := r.Scan(&b.ID, &b.Property, &b.Title, &b.Template, &b.Class, &b.Channel, &audience, &about, &expires, &b.State, &people, &next, &made,
		&madeBy, &askedBy, &approvedBy, &stoppedBy, &started, &ended, &b.Joint)
	if err != nil {
		return b, err
	}
	if err := json.Unmarshal([]byte(audience), &b.Audience); err != nil {
		return b, fmt.Errorf("read audience of %s: %w", b.ID, err)
	}
	b.People, b.Next = int(people), int(next)
	b.About, b.Expires, b.Made = hearth.FromMillis(about), hearth.FromMillis(expires), hearth.FromMillis(made)
	b.Started, b.Ended = hearth.FromMillis(started), hearth.FromMillis(ended)
	b.MadeBy, b.AskedBy = hearth.ParseActor(madeBy), hearth.ParseActor(askedBy)
	b.ApprovedBy, b.StoppedBy = hearth.ParseActor(approvedBy), hearth.ParseActor(stoppedBy)
	if b.State == Done && b.StoppedBy.Kind != "" { // written before a stop after the last lot told in the state too
		b.State = Stopped
	}
	return b, nil
}

const listSQL = `SELECT ` + columns + ` FROM broadcasts WHERE org = $1 AND ($2 = '' OR property = $2) AND (made < $3 OR made = $3 AND id < $4)
ORDER BY made DESC, id DESC LIMIT $5`

// List gives broadcasts, the newest first, of a property or of all with "", behind the one at after (zero: from the
// newest on).
func List(ctx context.Context, tx *db.Tx, property hearth.PropertyID, after Broadcast, limit int) ([]Broadcast, error) {
	made := int64(1) << 60
	if after.ID != "" {
		made = hearth.Millis(after.Made)
	}
	out, err := scanAll(tx.Query(ctx, listSQL, tx.Org(), string(property), made, after.ID, int64(limit)))
	if err != nil {
		return nil, fmt.Errorf("list broadcasts: %w", err)
	}
	return out, nil
}

func scanAll(rows *db.Rows, err error) ([]Broadcast, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Broadcast
	for rows.Next() {
		b, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, rows.Err()
}
