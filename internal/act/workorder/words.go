package workorder

// categoryWords says which words of a request point to which category. Phrases of several words count for more.
const categoryWords = `
appliance: refrigerator, fridge, freezer, ice maker, icemaker, stove, oven, range, burner, cooktop, microwave, dishwasher, washer, dryer, washing machine, garbage disposal, disposal, appliance, range hood, vent hood
plumbing: toilet, sink, faucet, tap, shower, tub, bathtub, drain, pipe, leak*, drip*, clog*, sewage, sewer, hot water, no water, water heater, water pressure, plumb*, flush*, overflow*, flood*, burst, spigot, water coming, running water
hvac: heat, heater, heating, furnace, radiator, boiler, thermostat, ac, a c, air conditioner, air conditioning, cooling, hvac, vent, air filter, filter, blower, heat pump, not cooling, not heating, no heat, no ac
electrical: outlet, light switch, switch, breaker, electric*, power, light, lights, bulb, fixture, ceiling fan, doorbell, spark*, wiring, socket, no power, fuse, gfci, flicker*
doors_locks: door, lock, deadbolt, key, knob, hinge, latch, mailbox, gate, fob, intercom, garage door, screen door, doorknob, peephole
pest: pest, roach, cockroach, ant, mice, mouse, rat, rodent, bedbug, bed bug, bug, wasp, bee, hornet, termite, spider, infestation, exterminat*, droppings, flea, moth
lockout: locked out, lock out, lockout, lost my key, lost key, lost my fob
life_safety: smoke detector, smoke alarm, carbon monoxide, co alarm, co detector, fire, smoke, gas smell, smell gas, smell of gas, gas leak, fire extinguisher, sprinkler, alarm, chirp*, beep*
structure: wall, ceiling, floor, flooring, carpet, tile, window, blind, screen, cabinet, drawer, counter, countertop, paint, drywall, hole, mold, mould, mildew, roof, stair, railing, balcony, baseboard, caulk*, grout, closet
grounds: parking, parking lot, lawn, tree, snow, ice, sidewalk, pool, gym, laundry room, elevator, hallway, trash, dumpster, lobby, stairwell, sprinkler head, courtyard, exterior light
internet: internet, wifi, wi fi, cable, router, modem
`

// priorityWords says which words make a request pressing. The rows are read in order; the first that matches counts.
const priorityWords = `
danger: smell gas, smell of gas, gas smell, gas leak, smelling gas, smells like gas, fire, on fire, flames, smoke coming, full of smoke, lot of smoke, see smoke, smell smoke, burning smell, smell of burning, smells like burning, smell burning, smoking, carbon monoxide, co alarm, co detector going, sparks, sparking, spark, arcing, electric shock, got shocked, shocked me, exposed wire, live wire, ceiling collapse*, ceiling caved, ceiling fell, broken glass everywhere, break in, broken into, gunshot*, trapped, stuck in the elevator, stuck in elevator, bleeding, unconscious, explosion
flood: flooding, flooded, flood, burst pipe, pipe burst, burst, gushing, pouring, water everywhere, sewage, sewer backup, sewage backing up, toilet overflowing, overflowing, overflows, water coming through the ceiling, water through the ceiling, leaking through the ceiling, ceiling is leaking, no water at all, only toilet is clogged, no working toilet, cant shut off the water, wont stop running, water near outlet, water in the light, no power at all, power is out, completely without power
winter: no heat, heat is out, heat not working, heat isnt working, heat doesnt work, heat does not work, heater not working, heater isnt working, heater is not working, heat is not working, heating is out, heating not working, heating is not working, furnace is out, furnace not working, furnace is not working, boiler is out, without heat, no heating, freezing in here, frozen pipe
lockout: locked out, lock out, lockout, lost my key, lost key, locked myself out, locked inside
summer: no ac, ac is out, ac not working, ac isnt working, ac is not working, ac doesnt work, no air conditioning, air conditioner not working, air conditioner is not working, not cooling, ac is broken, no a c
urgent: no hot water, hot water is out, hot water not working, leak, leaking, leaks, leaked, water damage, no power, breaker keeps tripping, fridge not working, refrigerator not working, fridge is not working, refrigerator is not working, fridge isnt working, fridge is warm, food is spoiling, toilet clogged, toilet is clogged, clogged toilet, toilet wont flush, toilet not flushing, front door wont lock, door wont lock, door does not lock, door doesnt lock, lock is broken, broken lock, broken window, window is broken, window wont close, window wont lock, bed bugs, bedbugs, bed bug, bedbug, rat, rats, mold, mould, smoke detector, smoke alarm, elevator is out, elevator not working, urgent, urgently, asap, no heat, furnace is out, not heating, wheelchair, oxygen, insulin
preventive: preventive, preventative, filter change, change the filter, replace air filter, annual inspection, quarterly, scheduled maintenance, inspection
make ready: make ready, makeready, turnover, unit turn, turn unit, vacant unit
`
