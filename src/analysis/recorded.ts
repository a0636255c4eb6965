/** What calls record, as factors: columns of the wide export, too. */

/** The version of a model that served the calls of an administration; all, where it was several. */
export const MODEL_SERVED = 'model_served';
/** Day of the last call, in UTC. */
export const CALLED_ON = 'called_on';
