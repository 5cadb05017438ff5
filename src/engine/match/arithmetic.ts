/**
 * Arithmetic of match specifications: integers that never lose precision, and floats.
 *
 * A number is an integer when its value is integral and within ±(2^53-1), else a float: JSON cannot tell
 * 1 from 1.0. Erlang's integers grow without bound, numbers here do not, so a call on integers whose
 * result would leave that range fails, as does a float that would overflow. Nothing is rounded silently.
 *
 * A failing call yields EXIT; so does a call on anything that is not a number, EXIT included.
 *
 * Cost:   O(1); no BigInt is ever made, whatever the shift.
 * Source: Erlang reference manual, "Arithmetic Expressions".
 */
import { EXIT, type Value } from '../term.ts'

export type Unary = (a: Value) => Value
export type Binary = (a: Value, b: Value) => Value

const isNumber = (value: Value): value is number => typeof value === 'number'
export const isInteger = (value: Value): value is number => Number.isSafeInteger(value)

const TWO_32 = 2 ** 32
/** No integer but 0 can be shifted further to the left, and none has bits further to the right. */
const MAX_SHIFT = 53

/** An integer result: itself while it is exact. Adding 0 turns -0, which Erlang does not have, into 0. */
const exact = (result: number): Value => (Number.isSafeInteger(result) ? result + 0 : EXIT)

/** A float result. Dividing by zero gives none. */
const float = (result: number): Value => (Number.isFinite(result) ? result + 0 : EXIT)

/** The result of a calculation on `a` and `b`, which is an integer if both of them are. */
const settle = (result: number, a: number, b: number): Value =>
  isInteger(a) && isInteger(b) ? exact(result) : float(result)

const onNumber =
  (calculate: (a: number) => Value): Unary =>
  (a) =>
    isNumber(a) ? calculate(a) : EXIT

const onInteger =
  (calculate: (a: number) => number): Unary =>
  (a) =>
    isInteger(a) ? exact(calculate(a)) : EXIT

const onIntegers =
  (calculate: (a: number, b: number) => number): Binary =>
  (a, b) =>
    isInteger(a) && isInteger(b) ? exact(calculate(a, b)) : EXIT

/** Division by zero gives NaN, which is not exact and so fails. */
const quotient = (a: number, b: number): number => (a - (a % b)) / b

/** Rounds halves away from zero, where `Math.round` rounds them up. */
function roundHalfAway(a: number): number {
  const whole = Math.trunc(a)
  return Math.abs(a - whole) < 0.5 ? whole : whole + Math.sign(a)
}

function shiftLeft(a: number, by: number): number {
  if (by < 0) return shiftRight(a, -by)
  return by > MAX_SHIFT && a !== 0 ? Number.NaN : a * 2 ** Math.min(by, MAX_SHIFT)
}

const shiftRight = (a: number, by: number): number =>
  by < 0 ? shiftLeft(a, -by) : Math.floor(a / 2 ** Math.min(by, MAX_SHIFT))

/**
 * A bit operation on two's complements of any width. JavaScript's operators see 32 bits, so they are used
 * on the lower and the upper half in turn; the upper half of a safe integer has 22 bits.
 */
const onBits = (operate: (a: number, b: number) => number): Binary =>
  onIntegers((a, b) => {
    const upper = operate(Math.floor(a / TWO_32), Math.floor(b / TWO_32))
    return upper * TWO_32 + (operate(a, b) >>> 0)
  })

export const unaryArithmetic: Readonly<Record<string, Unary>> = {
  '+': onNumber((a) => a + 0),
  '-': onNumber((a) => 0 - a),
  abs: onNumber(Math.abs),
  round: onNumber((a) => exact(roundHalfAway(a))),
  trunc: onNumber((a) => exact(Math.trunc(a))),
  floor: onNumber((a) => exact(Math.floor(a))),
  ceil: onNumber((a) => exact(Math.ceil(a))),
  bnot: onInteger((a) => -a - 1),
}

export const binaryArithmetic: Readonly<Record<string, Binary>> = {
  '+': (a, b) => (isNumber(a) && isNumber(b) ? settle(a + b, a, b) : EXIT),
  '-': (a, b) => (isNumber(a) && isNumber(b) ? settle(a - b, a, b) : EXIT),
  '*': (a, b) => (isNumber(a) && isNumber(b) ? settle(a * b, a, b) : EXIT),
  '/': (a, b) => (isNumber(a) && isNumber(b) ? float(a / b) : EXIT),
  div: onIntegers(quotient),
  rem: onIntegers((a, b) => a % b),
  band: onBits((a, b) => a & b),
  bor: onBits((a, b) => a | b),
  bxor: onBits((a, b) => a ^ b),
  bsl: onIntegers(shiftLeft),
  bsr: onIntegers(shiftRight),
}
