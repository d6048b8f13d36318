package trigger

import "hearth/internal/sense/signal"

// keepSeen puts the signals of now with the messages that the batch already wishes to a resident, before something more
// is learned of them. The desk is asked at the end of the batch; it must judge as if it had been asked at once, wherever batches end.
func (b *batch) keepSeen(en *entry) error {
	var seen *signal.View
	for i := range b.intents {
		in := &b.intents[i]
		if in.Resident != en.resident || in.Seen != nil {
			continue
		}
		if seen == nil {
			state, err := signal.Decode(en.state.AppendBinary(nil))
			if err != nil {
				return err
			}
			v := signal.NewView(state, b.now, en.zone)
			seen = &v
		}
		in.Seen = seen
	}
	return nil
}
