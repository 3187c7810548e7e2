export { type ModelName, type ResolveModelOptions, resolveModel } from './model/resolve-model.ts'
