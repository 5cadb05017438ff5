/** The `workerd` package has no types. It is CommonJS, so its own default is one level deeper. */
declare module 'workerd' {
  const workerd: { readonly default: string; readonly version: string }
  export default workerd
}
