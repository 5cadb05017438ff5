/** Sequential models: what the rows under one key are after an action, and what the action answers. */
import type { Action, Output, Shape } from './history.ts'
import type { Model } from './linearize.ts'

type Step<S> = { readonly state: S; readonly output: Output }

/** A row of a set: its value, or `null` while there is none. */
const register: Model<string | null, Action, Output> = {
  initial: null,
  apply(value, action): Step<string | null> {
    switch (action.kind) {
      case 'insert':
        return { state: action.value, output: true }
      case 'insert_new':
        return value === null ? { state: action.value, output: true } : { state: value, output: false }
      case 'delete':
        return { state: null, output: true }
      case 'take':
        return { state: null, output: value }
      case 'read':
        return { state: value, output: value }
      default:
        throw unfit('register', action)
    }
  },
}

/** A row that is counted up from nothing. */
const counter: Model<number, Action, Output> = {
  initial: 0,
  apply(count, action): Step<number> {
    switch (action.kind) {
      case 'increment':
        return { state: count + 1, output: count + 1 }
      case 'read':
        return { state: count, output: count }
      default:
        throw unfit('counter', action)
    }
  },
}

/** The values of the rows of a bag, sorted: in which order a bag gives them is not what a drill is about. */
const bagOf = (keepsDuplicates: boolean): Model<readonly string[], Action, Output> => ({
  initial: [],
  apply(values, action): Step<readonly string[]> {
    switch (action.kind) {
      case 'insert': {
        const isThere = !keepsDuplicates && values.includes(action.value)
        return { state: isThere ? values : [...values, action.value].sort(), output: true }
      }
      case 'delete_object':
        return { state: values.filter((each) => each !== action.value), output: true }
      case 'read':
        return { state: values, output: values }
      default:
        throw unfit('bag', action)
    }
  },
})

const unfit = (shape: string, { kind }: Action): Error => new Error(`a ${shape} has no ${kind}`)

export const MODELS = {
  register,
  counter,
  bag: bagOf(false),
  duplicate_bag: bagOf(true),
} as const satisfies Record<Shape, unknown>

/** The model of a shape. The type of its state is its own affair. */
export const modelOf = (shape: Shape): Model<unknown, Action, Output> =>
  MODELS[shape] as Model<unknown, Action, Output>
