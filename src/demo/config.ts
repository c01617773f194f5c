/** The configuration that is served if the user gives none. */
export const DEMO_CONFIG = new URL('../../config/demo.yaml', import.meta.url)
