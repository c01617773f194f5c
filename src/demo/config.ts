/** The configuration that is served when there is none. */
export const DEMO_CONFIG = new URL('../../config/demo.yaml', import.meta.url)
