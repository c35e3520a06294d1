/**
 * How far a replica may trust what it remembers.
 * - `sure`: no write was answered anywhere that it has not heard of.
 * - `unsure`: others may have written meanwhile, and Redis can be asked what still counts.
 * - `alone`: Redis cannot be asked; what others write is not heard of.
 */
export type Trust = 'sure' | 'unsure' | 'alone';
